"""Backtests: what a policy would have decided on the events of the last days."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from countersign.policy.decisions import Decision, Verdict
from countersign.policy.measures.trust_records import Trust
from countersign.policy.policies.policy_documents import Policy
from countersign.policy.steps import FilterBroken
from countersign.ports.stores.archive import ArchivedEvent, deciding_labels
from countersign.protocol.room_versions import get_room_version
from countersign.protocol.rooms.room_state import RoomState
from countersign.service.answers.asked import Asked
from countersign.service.rooms.room import Room
from countersign.service.trials.single_dry_run import DRY_RUN, DryRun

MAX_EXAMPLES: Final = 200
"""Maximum number of examples of each kind, those of the most trusted people first."""
_ROOM_VERSION: Final = "11"
_TELL_EVERY: Final = 500


@dataclass(frozen=True, slots=True)
class Changed:
    """An event that would be decided otherwise.

    Attributes:
        archived: the event, and what was decided.
        decision: what would be.
        labels: of the steps that would refuse it, or that did.
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
    """The events that would be refused, or would pass, and were not or did not.

    Attributes:
        count: how many.
        by_step: how many, by the steps that would refuse them, or that did.
        by_trust: how many, by their senders' trust.
        examples: some of them, the most trusted people's first.
    """

    count: int = 0
    by_step: Counter[str] = field(default_factory=Counter)
    by_trust: Counter[Trust] = field(default_factory=Counter)
    examples: list[Changed] = field(default_factory=list)

    def add(self, changed: Changed) -> None:
        """Count one more."""
        self.count += 1
        self.by_step.update(changed.labels)
        self.by_trust[changed.trust] += 1
        self.examples.append(changed)
        if len(self.examples) >= 2 * MAX_EXAMPLES:
            self.sort()

    def sort(self) -> None:
        """Have the most trusted people's come first, and keep no more than there may be."""
        self.examples.sort(key=lambda each: -each.trust.rank)
        del self.examples[MAX_EXAMPLES:]


@dataclass(slots=True)
class Report:
    """Verdicts that would change.

    Attributes:
        events: how many were judged again.
        refused_before: how many had been refused.
        refused_now: how many would be.
        broken: how many a filter failed on.
        not_asked: on how many each step had no say, by its label; see `DryRun`.
        recomputed: on how many each step went by answers that were not recorded, by its label.
        unrecorded: how many were archived without what was known, by an earlier version.
        of_revision: how many were decided by this edition of the policy.
        differing: how many of those are decided otherwise now, in any part; none, unless a filter
            changed with a new version of the program.
        newly_refused: those that had been signed.
        newly_passed: those that had been refused.
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
    """Have `policy` judge `events` again, in their order, with all that was known as it was.

    What it asks and was not asked then is answered by the archived events before each.

    Args:
        events: in the order of their decisions.
        policy: by which they are judged.
        dry_run: one in which nothing happened yet.
        progress: told now and then how many were judged.
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
    # The texts that an event shows are taken out once, and kept with it: a fresh one lets them go.
    is_bridged = policy.bridges.cover(archived.event.sender)
    event = replace(archived.event, is_bridged=is_bridged)
    asked = Asked(
        community=DRY_RUN,
        policy=policy,
        room=_room(event.room_id, rooms),
        event=event,
        now=archived.decided_ts / 1_000,
        now_ts=archived.decided_ts,
        language=None if judgement is None else judgement.language,
    )
    try:
        decision = dry_run.judge(asked, judgement)
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
    """Return a room without people: names of others are not archived."""
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
