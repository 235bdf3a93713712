"""What judges events: who answers filters, what is known of people, and what decides."""

import asyncio
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
    AlwaysCounted,
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
from countersign.service.answers.people import NameAnswers
from countersign.service.answers.policy_lists import FindRoom, PolicyListAnswers
from countersign.service.background import BackgroundTasks, Work
from countersign.service.evaluation.decide import Moderation
from countersign.service.leaks.unasked_events import CountersWithoutMemory, NobodyMuted
from countersign.service.measures.allowances import Allowances
from countersign.service.measures.mutes import Mutes
from countersign.service.measures.raids import RaidAnswers, Raids
from countersign.service.measures.runaway_guard import RunawayGuard
from countersign.service.measures.trust import TrustRecords
from countersign.service.rooms.room_follower import Room
from countersign.service.trials.dry_runs import DryRun

SAVE_EVERY_SECONDS: Final = 2.0

log = structlog.get_logger()


def build_moderation(stores: Stores, clock: Clock) -> Moderation:
    """Return what is known of communities' people and troubles; `load_moderation` comes next."""
    return _moderation(stores.trust, stores.moderation, clock, MemoryCounters(clock))


async def load_moderation(moderation: Moderation) -> None:
    """Take up what was known when the program stopped.

    Raises:
        StoreUnavailable: it can't be read now.
    """
    await moderation.raids.load()
    await moderation.guard.load()
    await moderation.second_chances.load()
    await moderation.mutes.load()


def keep_saving(moderation: Moderation, background: BackgroundTasks) -> None:
    """Have what is learned stored every two seconds, and once more when the program stops."""
    background.keep_running(Work.MEASURES, partial(_save, moderation.acquaintances), "trust")
    background.keep_running(Work.MEASURES, partial(_save, moderation.raids), "raids")
    background.keep_running(Work.MEASURES, partial(_save, moderation.mutes), "mutes")
    background.keep_running(Work.MEASURES, partial(_save, moderation.guard), "guard")


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


def _moderation(
    acquaintances: TrustStore, moderation: ModerationStore, clock: Clock, counters: Counters
) -> Moderation:
    second_chances = Allowances(moderation, clock)
    return Moderation(
        acquaintances=TrustRecords(acquaintances, clock),
        raids=Raids(moderation, clock, registrable_domain=registrable_domain),
        second_chances=second_chances,
        guard=RunawayGuard(
            moderation,
            clock,
            registrable_domain=registrable_domain,
            was_allowed=second_chances.was_allowed,
        ),
        mutes=Mutes(moderation, clock),
        counters=counters,
    )


def _in_no_room(room_id: str) -> Room | None:  # noqa: ARG001
    return None


def build_answers(
    moderation: Moderation, find_room: FindRoom = _in_no_room, checkers: Checkers | None = None
) -> Answers:
    """Return who answers what filters ask.

    Args:
        moderation: what is known of communities.
        find_room: where policy lists are found.
        checkers: asks programs outside; without it there is no answer of theirs.
    """
    return Answers(
        moderation.counters,
        quick=_quick(moderation, find_room),
        counted=_counted() | {Silenced: moderation.mutes},
        slow=_slow(checkers),
        always=_always(moderation),
    )


def build_unasked_answers(
    moderation: Moderation, find_room: FindRoom = _in_no_room, checkers: Checkers | None = None
) -> Answers:
    """Return who answers about events that nobody asked to have signed."""
    return Answers(
        CountersWithoutMemory(moderation.counters),
        quick=_quick(moderation, find_room) | {Silenced: NobodyMuted()},
        counted=_counted(),
        slow=_slow(checkers),
        always=_always(moderation),
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
    moderation = _moderation(MemoryTrustStore(), MemoryModerationStore(), clock, counters)
    answers = Answers(
        counters,
        quick=_quick(moderation, _in_no_room) | {ListedBy: _NoLists()},
        counted=_counted() | {Silenced: moderation.mutes},
        always=_always(moderation),
    )
    return DryRun(moderation, answers, counters)


class _NoLists:
    """Where there are no rooms of lists; a rehearsal says itself that none was looked into."""

    def answer(self, question: ListedBy, asked: Asked) -> None:
        """See `Answerer.answer`."""


def _quick(moderation: Moderation, find_room: FindRoom) -> dict[type[Question[Any]], Answerer]:
    return {
        ActiveNames: moderation.active_people,
        NamesInRoom: NameAnswers(),
        RaidUnderWay: RaidAnswers(moderation.raids),
        ListedBy: PolicyListAnswers(find_room),
    }


def _counted() -> dict[type[Question[Any]], CountedAnswerer]:
    return {
        SignedEvents: SignedEventCounts(),
        PeopleCalled: MentionCounts(),
        SentBefore: SameThingCounts(),
        SimilarBefore: SimilarTextCounts(),
    }


def _always(moderation: Moderation) -> tuple[AlwaysCounted, ...]:
    return moderation.active_people, moderation.second_chances
