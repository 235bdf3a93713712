"""Backtests: the decisions of a policy on archived events of the last days."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from countersign.policy.decisions import Decision, Verdict
from countersign.policy.judging.running_steps import FilterBroken
from countersign.policy.measures.trust_records import Trust
from countersign.policy.policies.policy_documents import Policy
from countersign.ports.stores.archive import ArchivedEvent, deciding_labels
from countersign.protocol.room_versions import get_room_version
from countersign.protocol.rooms.room_state import RoomState
from countersign.service.answers.event_context import EventContext
from countersign.service.rooms.room import Room
from countersign.service.trials.single_dry_run import DRY_RUN, DryRun

MAX_EXAMPLES: Final = 200
"""Maximum number of examples of each kind; those of the most trusted people come first."""
_ROOM_VERSION: Final = "11"
_TELL_EVERY: Final = 500


@dataclass(frozen=True, slots=True)
class Changed:
    """An event with another verdict than before.

    Attributes:
        archived: the event, and its former decision.
        decision: the new decision.
        labels: labels of the steps that refuse it, now or before.
    """

    archived: ArchivedEvent
    decision: Decision
    labels: tuple[str, ...]

    @property
    def trust(self) -> Trust:
        """The trust in its sender."""
        return self.archived.event.standing.level


@dataclass(slots=True)
class Group:
    """The events that are newly refused, or that newly pass.

    Attributes:
        count: their number.
        by_step: their number, by the steps that refuse them, now or before.
        by_trust: their number, by their senders' trust.
        examples: some of them, those of the most trusted people first.
    """

    count: int = 0
    by_step: Counter[str] = field(default_factory=Counter)
    by_trust: Counter[Trust] = field(default_factory=Counter)
    examples: list[Changed] = field(default_factory=list)

    def add(self, changed: Changed) -> None:
        """Add an event."""
        self.count += 1
        self.by_step.update(changed.labels)
        self.by_trust[changed.trust] += 1
        self.examples.append(changed)
        if len(self.examples) >= 2 * MAX_EXAMPLES:
            self.sort()

    def sort(self) -> None:
        """Sort examples by their senders' trust, and cut them to the maximum number."""
        self.examples.sort(key=lambda each: -each.trust.rank)
        del self.examples[MAX_EXAMPLES:]


@dataclass(slots=True)
class Report:
    """Result of a backtest.

    Attributes:
        events: number of events that were judged again.
        refused_before: number of events that had been refused.
        refused_now: number of events that are refused now.
        broken: number of events on which a filter failed.
        not_asked: number of events that each step (by label) could not judge; see `DryRun`.
        recomputed: number of events that each step (by label) judged by answers that were not
            archived.
        unrecorded: number of events that an earlier version archived without answers.
        of_revision: number of events that were decided by this revision of the policy.
        differing: number of those whose decision differs now in any part; 0 unless a filter changed
            with a new version of the program, or several processes judged: of short messages that
            are read together, the one before may not have reached the process that judged.
        newly_refused: events that had been signed.
        newly_passed: events that had been refused.
    """

    events: int = 0
    refused_before: int = 0
    refused_now: int = 0
    broken: int = 0
    not_asked: Counter[str] = field(default_factory=Counter)
    recomputed: Counter[str] = field(default_factory=Counter)
    unrecorded: int = 0
    of_revision: int = 0
    differing: int = 0
    newly_refused: Group = field(default_factory=Group)
    newly_passed: Group = field(default_factory=Group)


def backtest(
    events: Iterable[ArchivedEvent],
    policy: Policy,
    dry_run: DryRun,
    *,
    progress: Callable[[int], None] = lambda _: None,
) -> Report:
    """Judge `events` again by `policy`, in their order, with the archived answers.

    Questions that were not asked then are answered from the archived events before each event.

    Args:
        events: in the order of their decisions.
        policy: the policy to judge by.
        dry_run: a new dry run.
        progress: receives the number of judged events now and then.
    """
    report = Report()
    rooms: dict[str, Room] = {}
    for archived in events:
        _judge(archived, policy, dry_run, rooms, report)
        if report.events % _TELL_EVERY == 0:
            progress(report.events)
    progress(report.events)
    report.not_asked.update(dry_run.not_asked)
    report.recomputed.update(dry_run.recomputed)
    report.newly_refused.sort()
    report.newly_passed.sort()
    return report


def _judge(
    archived: ArchivedEvent,
    policy: Policy,
    dry_run: DryRun,
    rooms: dict[str, Room],
    report: Report,
) -> None:
    report.events += 1
    judgement = archived.judgement
    report.unrecorded += judgement is None
    report.refused_before += archived.is_refused
    # Texts extracted from an event are cached in it: a copy for each use frees them.
    is_bridged = policy.bridges.cover(archived.event.sender)
    event = replace(archived.event, is_bridged=is_bridged)
    context = EventContext(
        community=DRY_RUN,
        policy=policy,
        room=_room(event.room_id, rooms),
        event=event,
        now=archived.decided_ts / 1_000,
        now_ts=archived.decided_ts,
        language=None if judgement is None else judgement.language,
    )
    try:
        decision = dry_run.judge(context, judgement)
    except FilterBroken:
        report.broken += 1
        return
    if judgement is not None and judgement.decision.policy_revision == policy.revision:
        report.of_revision += 1
        report.differing += decision != judgement.decision
    is_refused = decision.verdict is Verdict.REFUSE
    report.refused_now += is_refused
    if is_refused and not archived.is_refused:
        labels = deciding_labels(decision.findings)
        report.newly_refused.add(Changed(archived, decision, labels))
    elif archived.is_refused and not is_refused:
        report.newly_passed.add(Changed(archived, decision, archived.labels))


def _room(room_id: str, rooms: dict[str, Room]) -> Room:
    """Return a room without members: names of others are not archived."""
    if room_id not in rooms:
        rules = get_room_version(_ROOM_VERSION)
        rooms[room_id] = Room(
            room_id=room_id,
            rules=rules,
            state=RoomState(room_id, rules),
            membership="joined",
            via=(),
            joined_ts=1,
        )
    return rooms[room_id]
