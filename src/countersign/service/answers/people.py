"""Answers about people in a room: how they are called, who wrote lately, whom they called."""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from countersign.policy.decisions import Decision, RecordedDecision, Verdict
from countersign.policy.questions import ActiveNames, Names, NamesInRoom, PeopleCalled
from countersign.policy.text.name_finder import NOBODY, NameFinder
from countersign.ports.event_rates import EventRates
from countersign.service.answers.answers import TakeBack
from countersign.service.answers.asked import Asked
from countersign.service.rooms.room_follower import Room

ACTIVE_FOR_SECONDS: Final = 3_600.0
MAX_ACTIVE: Final = 500
MAX_ROOMS: Final = 2_000
REBUILD_AFTER_SECONDS: Final = 10.0
MAX_COUNTED_CALLS: Final = 200
MAX_MODERATORS: Final = 200


class PeopleCalledCounts:
    """Answers `PeopleCalled`; those called count once their event is being signed."""

    def __init__(self, rates: EventRates) -> None:
        self._rates = rates

    def answer(self, question: PeopleCalled, asked: Asked) -> int:
        """See `Answerer.answer`."""
        return self._rates.count(_counter(question, asked), question.per_seconds, asked.now)

    def note(self, question: PeopleCalled, asked: Asked, decision: Decision) -> TakeBack | None:
        """See `Answerer.note`."""
        if decision.verdict is not Verdict.SIGN or question.called == 0:
            return None
        counter, per_seconds, added = _counter(question, asked), question.per_seconds, asked.now
        called = min(question.called, MAX_COUNTED_CALLS)
        for _ in range(called):
            self._rates.add(counter, per_seconds, added)

        def take_back() -> None:
            for _ in range(called):
                self._rates.remove(counter, per_seconds, added)

        return take_back


def _counter(question: PeopleCalled, asked: Asked) -> tuple[str, ...]:
    return (asked.community, "called by", question.user_id)


@dataclass(slots=True)
class _Active:
    """Who wrote in a room lately, and the finder of their names."""

    senders: OrderedDict[str, float] = field(default_factory=OrderedDict)
    finder: NameFinder = NOBODY
    built: float = float("-inf")
    is_stale: bool = True


class ActivePeople:
    """Answers `ActiveNames`: those whose events were signed in the last hour."""

    def __init__(self) -> None:
        self._rooms: OrderedDict[str, _Active] = OrderedDict()

    def answer(self, question: ActiveNames, asked: Asked) -> NameFinder:
        """See `Answerer.answer`. Somebody new is found within ten seconds."""
        active = self._rooms.get(question.room_id)
        if active is None:
            return NOBODY
        if active.is_stale and asked.now - active.built >= REBUILD_AFTER_SECONDS:
            self._build(active, asked)
        return active.finder

    def note(self, question: ActiveNames, asked: Asked, decision: Decision) -> None:
        """See `Answerer.note`: those count who have written, whoever asks."""

    def settled(self, asked: Asked, recorded: RecordedDecision) -> None:
        """Remember who wrote, when a decision stands."""
        if recorded.decision.verdict is not Verdict.SIGN or asked.event.is_state:
            return
        active = self._rooms.get(recorded.room_id)
        if active is None:
            active = self._rooms[recorded.room_id] = _Active()
            if len(self._rooms) > MAX_ROOMS:
                self._rooms.popitem(last=False)
        self._rooms.move_to_end(recorded.room_id)
        sender = recorded.sender
        active.is_stale |= sender not in active.senders
        active.senders[sender] = asked.now
        active.senders.move_to_end(sender)
        if len(active.senders) > MAX_ACTIVE:
            active.senders.popitem(last=False)

    def _build(self, active: _Active, asked: Asked) -> None:
        since = asked.now - ACTIVE_FOR_SECONDS
        for sender in [user_id for user_id, at in active.senders.items() if at < since]:
            del active.senders[sender]
        state = asked.room.state
        named = ((user_id, state.display_name_of(user_id)) for user_id in active.senders)
        active.finder = NameFinder((user_id, name) for user_id, name in named if name is not None)
        active.built = asked.now
        active.is_stale = False


class NameAnswers:
    """Answers `NamesInRoom`."""

    def answer(self, question: NamesInRoom, asked: Asked) -> Names:
        """See `Answerer.answer`."""
        state = asked.room.state
        level = asked.policy.trust_rules.moderator_power_level
        return Names(state.display_name_of(question.user_id), _moderators(asked.room, level))

    def note(self, question: NamesInRoom, asked: Asked, decision: Decision) -> None:
        """See `Answerer.note`: what is decided changes nothing here."""


def _moderators(room: Room, level: int) -> tuple[tuple[str, str | None], ...]:
    state = room.state
    levels = state.power_levels
    by_level = (user_id for user_id, own in levels.users.items() if own >= level)
    moderators = dict.fromkeys((*sorted(levels.creators), *by_level))
    return tuple(
        (user_id, state.display_name_of(user_id)) for user_id in list(moderators)[:MAX_MODERATORS]
    )
