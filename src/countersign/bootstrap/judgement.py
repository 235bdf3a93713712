"""What judges events: who answers filters, what is known of people, and what decides."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, Protocol

import structlog

from countersign.adapters.memory.counters import MemoryCounters
from countersign.adapters.memory.moderation import MemoryModerationStore
from countersign.adapters.memory.trust import MemoryTrustStore
from countersign.adapters.public_suffixes import registrable_domain
from countersign.adapters.system import SystemClock
from countersign.policy.questions import (
    ActiveNames,
    CheckedBy,
    ListedBy,
    ModerationScores,
    NamesInRoom,
    PeopleCalled,
    Question,
    RaidUnderWay,
    SentBefore,
    SignedEvents,
    Silenced,
    SimilarBefore,
)
from countersign.ports.clock import Clock
from countersign.ports.counters import Counters
from countersign.ports.errors import PeerUnavailable, StoreUnavailable
from countersign.ports.external_checkers import Checkers, CheckRequest
from countersign.ports.stores.bundle import Stores
from countersign.ports.stores.moderation import ModerationStore
from countersign.ports.stores.trust import TrustStore
from countersign.service.answers.answers import (
    Answerer,
    Answers,
    CountedAnswerer,
    SlowAnswerer,
)
from countersign.service.answers.asked import Asked
from countersign.service.answers.event_counts import (
    MentionCounts,
    SameThingCounts,
    SignedEventCounts,
    SimilarTextCounts,
)
from countersign.service.answers.external_checkers import (
    CheckerAnswers,
    GuardedCheckers,
    ModerationAnswers,
)
from countersign.service.answers.people import ActivePeople, NameAnswers
from countersign.service.answers.policy_lists import FindRoom, PolicyListAnswers
from countersign.service.answers.unasked_events import CountersWithoutMemory, NobodyMuted
from countersign.service.background import BackgroundTasks, Work
from countersign.service.evaluation.decide import Decide
from countersign.service.evaluation.observers import Decisions, Observer
from countersign.service.identity import Identity
from countersign.service.measures.allowances import Allowances
from countersign.service.measures.mutes import Mutes
from countersign.service.measures.raids import RaidAnswers, Raids
from countersign.service.measures.runaway_guard import RunawayGuard
from countersign.service.measures.trust import TrustRecords
from countersign.service.policies.policies_in_force import Policies
from countersign.service.rooms.room import Room
from countersign.service.trials.single_dry_run import DryRun

SAVE_EVERY_SECONDS: Final = 2.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """State that is kept of communities' people and troubles.

    Attributes:
        trust: whom each community trusts.
        raids: which are in raid mode.
        allowances: what passes although it was refused.
        guard: which filters have gone wrong.
        mutes: who is mute for a while.
        counters: what was counted lately.
        active_people: who wrote in each room lately.
    """

    trust: TrustRecords
    raids: Raids
    allowances: Allowances
    guard: RunawayGuard
    mutes: Mutes
    counters: Counters
    active_people: ActivePeople = field(default_factory=ActivePeople)


def build_measures(stores: Stores, clock: Clock) -> Measures:
    """Return what is known of communities' people and troubles; `load_measures` comes next."""
    return _measures(stores.trust, stores.moderation, clock, MemoryCounters(clock))


async def load_measures(measures: Measures) -> None:
    """Take up what was known when the program stopped.

    Raises:
        StoreUnavailable: it can't be read now.
    """
    await measures.raids.load()
    await measures.guard.load()
    await measures.allowances.load()
    await measures.mutes.load()


def keep_saving(measures: Measures, background: BackgroundTasks) -> None:
    """Have what is learned stored every two seconds, and once more when the program stops."""
    background.keep_running(Work.MEASURES, partial(_save, measures.trust), "trust")
    background.keep_running(Work.MEASURES, partial(_save, measures.raids), "raids")
    background.keep_running(Work.MEASURES, partial(_save, measures.mutes), "mutes")
    background.keep_running(Work.MEASURES, partial(_save, measures.guard), "guard")


async def open_measures(
    stores: Stores, clock: Clock, policies: Policies, background: BackgroundTasks
) -> Measures:
    """Return what is known of communities, loaded, and saved from now on.

    Raises:
        StoreUnavailable: it can't be read now.
    """
    measures = build_measures(stores, clock)
    await load_measures(measures)
    measures.guard.policies_in_force(policies.all())
    policies.on_change(lambda: measures.guard.policies_in_force(policies.all()))
    keep_saving(measures, background)
    return measures


class _Learned(Protocol):
    async def save(self) -> None: ...


async def _save(learned: _Learned) -> None:
    try:
        while True:
            await asyncio.sleep(SAVE_EVERY_SECONDS)
            await _try_to_save(learned)
    except asyncio.CancelledError:
        await _try_to_save(learned)
        raise


async def _try_to_save(learned: _Learned) -> None:
    try:
        await learned.save()
    except StoreUnavailable as error:
        log.warning("what was learned is not stored yet", reason=str(error))


def _measures(
    trust: TrustStore, moderation: ModerationStore, clock: Clock, counters: Counters
) -> Measures:
    allowances = Allowances(moderation, clock)
    return Measures(
        trust=TrustRecords(trust, clock),
        raids=Raids(moderation, clock, registrable_domain=registrable_domain),
        allowances=allowances,
        guard=RunawayGuard(
            moderation,
            clock,
            registrable_domain=registrable_domain,
            was_allowed=allowances.was_allowed,
        ),
        mutes=Mutes(moderation, clock),
        counters=counters,
    )


def _in_no_room(room_id: str) -> Room | None:  # noqa: ARG001
    return None


def build_decide(
    identity: Identity,
    *,
    policies: Policies,
    measures: Measures,
    decisions: Decisions,
    clock: Clock,
    find_room: FindRoom = _in_no_room,
    checkers: Checkers | None = None,
    observers: Sequence[Observer] = (),
    is_clock_in_doubt: Callable[[], bool] = lambda: False,
) -> Decide:
    """Return what decides.

    Args:
        identity: who we are.
        policies: those in force.
        measures: what is known of communities; they learn of decisions first.
        decisions: those that stand.
        clock: ours.
        find_room: where policy lists are found.
        checkers: asks programs outside; without it there is no answer of theirs.
        observers: who else learns of decisions.
        is_clock_in_doubt: tells whether our clock may be wrong.
    """
    quick, counted, slow = _quick(measures, find_room), _counted(), _slow(checkers)
    always = measures.active_people, measures.allowances
    return Decide(
        identity,
        policies=policies,
        answers=Answers(
            measures.counters,
            quick=quick,
            counted=counted | {Silenced: measures.mutes},
            slow=slow,
            always=always,
        ),
        unasked_answers=Answers(
            CountersWithoutMemory(measures.counters),
            quick=quick | {Silenced: NobodyMuted()},
            counted=counted,
            slow=slow,
            always=always,
        ),
        decisions=decisions,
        clock=clock,
        trust=measures.trust,
        raids=measures.raids,
        allowances=measures.allowances,
        guard=measures.guard,
        observers=(measures.trust, measures.raids, measures.guard, *observers),
        is_clock_in_doubt=is_clock_in_doubt,
    )


def _slow(checkers: Checkers | None) -> dict[type[Question[Any]], SlowAnswerer]:
    guarded = GuardedCheckers(checkers or _NoCheckers())
    return {CheckedBy: CheckerAnswers(guarded), ModerationScores: ModerationAnswers(guarded)}


class _NoCheckers:
    """Where nobody outside is to be asked."""

    async def ask(self, request: CheckRequest) -> Any:
        raise PeerUnavailable(f"{request.program} is not asked here")


def build_dry_run() -> DryRun:
    """Return one with memories of its own, in which nothing happened yet."""
    clock = SystemClock()
    counters = MemoryCounters(clock)
    measures = _measures(MemoryTrustStore(), MemoryModerationStore(), clock, counters)
    answers = Answers(
        counters,
        quick=_quick(measures, _in_no_room) | {ListedBy: _NoLists()},
        counted=_counted() | {Silenced: measures.mutes},
        always=(measures.active_people, measures.allowances),
    )
    return DryRun(answers, counters, allowances=measures.allowances, raids=measures.raids)


class _NoLists:
    """Answerer without rooms of lists; a dry run says itself that none was looked into."""

    def answer(self, question: ListedBy, asked: Asked) -> None:
        """See `Answerer.answer`."""


def _quick(measures: Measures, find_room: FindRoom) -> dict[type[Question[Any]], Answerer]:
    return {
        ActiveNames: measures.active_people,
        NamesInRoom: NameAnswers(),
        RaidUnderWay: RaidAnswers(measures.raids),
        ListedBy: PolicyListAnswers(find_room),
    }


def _counted() -> dict[type[Question[Any]], CountedAnswerer]:
    return {
        SignedEvents: SignedEventCounts(),
        PeopleCalled: MentionCounts(),
        SentBefore: SameThingCounts(),
        SimilarBefore: SimilarTextCounts(),
    }
