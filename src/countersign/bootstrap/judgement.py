"""What judges events: who answers filters, what is known of people, and what decides."""

import asyncio
from typing import Any, Final

import structlog

from countersign.adapters.memory.acquaintances import MemoryAcquaintanceStore
from countersign.adapters.memory.event_rates import MemoryEventRates
from countersign.adapters.memory.moderation import MemoryModerationStore
from countersign.adapters.sql.acquaintances import SqliteAcquaintanceStore
from countersign.adapters.sql.moderation import SqliteModerationStore
from countersign.adapters.sql.sqlite import SqliteDatabase
from countersign.adapters.system import SystemClock
from countersign.policy.decisions import Decision
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
from countersign.ports.acquaintances import AcquaintanceStore
from countersign.ports.checkers import Checkers, CheckRequest
from countersign.ports.clock import Clock
from countersign.ports.errors import PeerUnavailable, StoreUnavailable
from countersign.ports.moderation import ModerationStore
from countersign.service.acquaintances import Acquaintances
from countersign.service.answer import Answerer, Answers, SlowAnswerer
from countersign.service.asked import Asked
from countersign.service.checkers import CheckerAnswers, GuardedCheckers, ModerationAnswers
from countersign.service.crowds import SentThings, SimilarTexts
from countersign.service.decide import Moderation
from countersign.service.following import Room
from countersign.service.guard import RunawayGuard
from countersign.service.people import NameAnswers, PeopleCalledCounts
from countersign.service.policy_lists import FindRoom, PolicyListAnswers
from countersign.service.raids import RaidAnswers, Raids
from countersign.service.rehearsals import Rehearsal
from countersign.service.second_chances import SecondChances
from countersign.service.signed_events import SignedEventCounts
from countersign.service.silences import Silences
from countersign.service.unasked_events import AnswersWithoutMemory

SAVE_EVERY_SECONDS: Final = 2.0

log = structlog.get_logger()


def build_moderation(database: SqliteDatabase, clock: Clock) -> Moderation:
    """Return what is known of communities' people and troubles; `load_moderation` comes next."""
    return _moderation(SqliteAcquaintanceStore(database), SqliteModerationStore(database), clock)


async def load_moderation(moderation: Moderation) -> None:
    """Take up what was known when the program stopped.

    Raises:
        StoreUnavailable: it can't be read now.
    """
    await moderation.raids.load()
    await moderation.guard.load()
    await moderation.second_chances.load()


async def save_moderation(moderation: Moderation) -> None:
    """Store what was learned, every two seconds, and once more when the program stops."""
    try:
        while True:
            await asyncio.sleep(SAVE_EVERY_SECONDS)
            await _save(moderation)
    finally:
        await _save(moderation)


async def _save(moderation: Moderation) -> None:
    for part in (moderation.acquaintances, moderation.raids, moderation.guard):
        try:
            await part.save()
        except StoreUnavailable as error:
            log.warning("what was learned is not stored yet", reason=str(error))


def _moderation(
    acquaintances: AcquaintanceStore, moderation: ModerationStore, clock: Clock
) -> Moderation:
    return Moderation(
        acquaintances=Acquaintances(acquaintances, clock),
        raids=Raids(moderation, clock),
        second_chances=SecondChances(moderation, clock),
        guard=RunawayGuard(moderation, clock),
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
    return Answers(_quick(moderation, find_room), _slow(checkers))


def build_unasked_answers(
    moderation: Moderation, find_room: FindRoom = _in_no_room, checkers: Checkers | None = None
) -> Answers:
    """Return who answers about events that nobody asked to have signed."""
    return AnswersWithoutMemory(_quick(moderation, find_room), _slow(checkers))


def _slow(checkers: Checkers | None) -> dict[type[Question[Any]], SlowAnswerer]:
    guarded = GuardedCheckers(checkers or _NoCheckers())
    return {CheckedBy: CheckerAnswers(guarded), ModerationScores: ModerationAnswers(guarded)}


class _NoCheckers:
    """Where nobody outside is to be asked."""

    async def ask(self, request: CheckRequest) -> Any:
        raise PeerUnavailable(f"{request.program} is not asked here")


def build_rehearsal() -> Rehearsal:
    """Return one with memories of its own, in which nothing happened yet."""
    moderation = _moderation(MemoryAcquaintanceStore(), MemoryModerationStore(), SystemClock())
    quick = _quick(moderation, _in_no_room)
    return Rehearsal(moderation, Answers({**quick, ListedBy: _NoLists()}, _slow(None)))


class _NoLists:
    """Where there are no rooms of lists; a rehearsal says itself that none was looked into."""

    def answer(self, question: ListedBy, asked: Asked) -> None:
        """See `Answerer.answer`."""

    def note(self, question: ListedBy, asked: Asked, decision: Decision) -> None:
        """See `Answerer.note`."""


def _quick(moderation: Moderation, find_room: FindRoom) -> dict[type[Question[Any]], Answerer]:
    rates = MemoryEventRates()
    return {
        SignedEvents: SignedEventCounts(rates),
        PeopleCalled: PeopleCalledCounts(rates),
        ActiveNames: moderation.active_people,
        NamesInRoom: NameAnswers(),
        SentBefore: SentThings(),
        SimilarBefore: SimilarTexts(),
        Silenced: Silences(),
        RaidUnderWay: RaidAnswers(moderation.raids),
        ListedBy: PolicyListAnswers(find_room),
    }
