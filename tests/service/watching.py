"""The services that notice leaks."""

from countersign.bootstrap.judgement import build_decide
from countersign.bootstrap.measures import build_measures
from countersign.policy.policies.filter_registry import BUILTIN_FILTERS
from countersign.policy.policies.policy_documents import parse_policy
from countersign.service.evaluation.recent_decisions import RecentDecisions
from countersign.service.leaks.detection import Leaks
from countersign.service.leaks.unseen_signatures import UnseenSignatures
from countersign.service.policies.policies_in_force import Policies

CEILING = 10_000


def make_leaks(
    world,
    *,
    document=b"filters: []",
    registry=BUILTIN_FILTERS,
    decisions=None,
    store=None,
    recipients=(),
    ceiling=CEILING,
):
    """Return the service that notices leaks, with the policy in `document`."""
    decide = build_decide(
        world.identity,
        policies=Policies({"default": parse_policy(document, registry)}),
        measures=build_measures(world.stores, world.clock),
        decisions=RecentDecisions(decisions or world.stores.decisions),
        clock=world.clock,
    )
    return Leaks(
        world.identity,
        decide=decide,
        store=store or world.stores.leaks,
        recipients=recipients,
        unseen=UnseenSignatures(world.clock, ceiling=ceiling),
        clock=world.clock,
        retry_seconds=(0.0, 0.0),
    )
