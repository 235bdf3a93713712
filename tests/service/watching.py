"""What watches for leaks, around the real services."""

from countersign.adapters.sql.decisions import SqliteDecisionStore
from countersign.adapters.sql.leaks import SqliteLeakStore
from countersign.bootstrap.judgement import build_moderation, build_unasked_answers
from countersign.policy.policies import parse_policy
from countersign.policy.registry import BUILTIN_FILTERS
from countersign.service.banked_signatures import BankedSignatures
from countersign.service.decide import Decide
from countersign.service.leaks import Leaks
from countersign.service.policies import Policies
from countersign.service.unasked_events import RefusalsOnly

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
    """Return what notices leaks, judging what nobody asked about by the policy in `document`."""
    moderation = build_moderation(world.database, world.clock)
    judge = Decide(
        world.identity,
        policies=Policies(lambda: {"default": parse_policy(document, registry)}),
        answers=build_unasked_answers(moderation),
        moderation=moderation,
        decisions=RefusalsOnly(decisions or SqliteDecisionStore(world.database)),
        clock=world.clock,
    )
    return Leaks(
        world.identity,
        judge=judge,
        store=store or SqliteLeakStore(world.database),
        recipients=recipients,
        bank=BankedSignatures(world.clock, ceiling=ceiling),
        clock=world.clock,
        retry_seconds=(0.0, 0.0),
    )
