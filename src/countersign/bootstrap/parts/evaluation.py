"""Construction of decisions on events and of their observers."""

from collections.abc import Sequence
from dataclasses import dataclass

from countersign.bootstrap.archives import build_archiving
from countersign.bootstrap.judgement import build_decide
from countersign.bootstrap.measures import Measures
from countersign.bootstrap.parts.base_services import BaseServices
from countersign.bootstrap.privacy.keeping import (
    build_evidence,
    build_retention,
    build_sender_redactions,
)
from countersign.bootstrap.registry import read_registry
from countersign.policy.filters.cel.rules import Rule
from countersign.ports.metrics import Metrics
from countersign.service.background import Work
from countersign.service.evaluation.counted_decisions import CountedDecisions
from countersign.service.evaluation.decide import Decide
from countersign.service.evaluation.new_events import NewEvents
from countersign.service.evaluation.observers import Observer
from countersign.service.evaluation.recent_decisions import RecentDecisions
from countersign.service.evaluation.step_costs import show_costs
from countersign.service.keys.policy_signatures import PolicySignatures
from countersign.service.leaks.split_messages import SplitMessages
from countersign.service.measures.moderator_redactions import ModeratorRedactions
from countersign.service.privacy.evidence import EvidenceKeeper
from countersign.service.privacy.sender_redactions import SenderRedactions
from countersign.service.rooms.protected_rooms import Rooms
from countersign.service.trials.archiving import Archiving


def _always() -> bool:
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationServices:
    """Services that decide on events, sign them, and keep decisions and texts.

    Attributes:
        decide: decides on events.
        new_events: tell which events are decided without a look into the database.
        signatures: signs events.
        counted: all decisions; load their number after the server listens.
        recent: the cache of recently used decisions.
        archiving: archives judged events; None if the archive is off.
        evidence: keeps the texts of refused events; None if that is off.
        split_messages: hands over the parts of refused messages; run it with the leaks.
        moderator_redactions: learn from redactions by moderators.
        sender_redactions: deletes texts of events that their senders redact.
    """

    decide: Decide
    new_events: NewEvents
    signatures: PolicySignatures
    counted: CountedDecisions
    recent: RecentDecisions
    archiving: Archiving | None
    evidence: EvidenceKeeper | None
    split_messages: SplitMessages
    moderator_redactions: ModeratorRedactions
    sender_redactions: SenderRedactions


def build_evaluation(
    base: BaseServices, rooms: Rooms, further_observers: Sequence[Observer] = ()
) -> EvaluationServices:
    """Return the services of the evaluation; their background work is started.

    Args:
        base: the base services.
        rooms: the rooms that we protect.
        further_observers: further observers of decisions.
    """
    config, background, measures = base.config, base.background, base.measures
    observers: list[Observer] = [*further_observers]
    if (archiving := build_archiving(config, base.stores.archive, base.clock)) is not None:
        background.keep_running(Work.ARCHIVE, archiving.run)
    if (evidence := build_evidence(config, base.stores)) is not None:
        observers.append(evidence)
        background.keep_running(Work.EVIDENCE, evidence.run)
    split_messages = SplitMessages(base.stores.leaks, base.clock)
    observers.append(split_messages)
    _show_moderation(measures, base.metrics)
    show_costs(measures.costs, [*read_registry(), Rule.name], base.metrics)
    counted = CountedDecisions(base.stores.decisions, base.metrics)
    recent = RecentDecisions(counted)
    retention = build_retention(
        config,
        base.stores,
        base.clock,
        base.metrics,
        is_clock_in_doubt=base.key_ring.is_clock_in_doubt,
        forgetful=[recent],
    )
    base.leadership.keep_running(Work.RETENTION, retention.run)
    sender_redactions = build_sender_redactions(base.stores)
    background.keep_running(Work.RETENTION, sender_redactions.run, "redactions by senders")
    know_settled = _always if base.shared is None else base.shared.counters.know_settled
    signatures = PolicySignatures(base.identity, base.stores.while_writing)
    return EvaluationServices(
        decide=build_decide(
            base.identity,
            policies=base.policies,
            measures=measures,
            decisions=recent,
            clock=base.clock,
            find_room=rooms.get,
            checkers=base.checkers,
            observers=observers,
            archive=archiving,
            sign_ahead=signatures.sign_ahead,
            is_clock_in_doubt=base.key_ring.is_clock_in_doubt,
            know_settled=know_settled,
            notifies_after_answers=True,
        ),
        new_events=NewEvents(
            recent,
            base.clock,
            know_settled=know_settled,
            is_clock_in_doubt=base.key_ring.is_clock_in_doubt,
        ),
        signatures=signatures,
        counted=counted,
        recent=recent,
        archiving=archiving,
        evidence=evidence,
        split_messages=split_messages,
        moderator_redactions=ModeratorRedactions(
            measures.lessons,
            policies=base.policies,
            find_room=rooms.get,
            our_user_id=base.identity.user_id,
        ),
        sender_redactions=sender_redactions,
    )


def _show_moderation(measures: Measures, metrics: Metrics) -> None:
    """Export the number of communities in raid mode and the number of dropped steps."""
    metrics.gauge(
        "countersign_raids_under_way",
        "Communities that are in a raid; `countersign raid status` tells which.",
        lambda: len(measures.raids.list_current()),
    )
    metrics.gauge(
        "countersign_dropped_steps",
        "Steps of policies that the runaway guard had only record; `countersign guard list` tells.",
        lambda: len(measures.guard.all()),
    )
