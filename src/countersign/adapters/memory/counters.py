"""Counters in this process's memory."""

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

from countersign.adapters.memory.near_duplicates import SentThings, SimilarTexts
from countersign.adapters.memory.people import PeopleCounts, Sayings, UnsignedWords
from countersign.adapters.memory.reservations import HeldUnits, Own, Reservation
from countersign.adapters.memory.windows import Windows
from countersign.basics.bounded_mapping import BoundedMapping
from countersign.ports.clock import Clock
from countersign.ports.counters import (
    RESERVED_FOR_MS,
    AlreadySettled,
    Count,
    CountedEvent,
    CounterAnswer,
    CounterQuestion,
    CountGroup,
    Namespace,
    RecentMembers,
    SameThing,
    SameThings,
    Settlement,
    SimilarText,
    Total,
)
from countersign.ports.people_counts import (
    People,
    PeopleByGroup,
    Person,
    RecentSayings,
    Unsigned,
    ignore_counts,
)

MAX_RESERVED: Final = 5_000
"""Maximum number of pending events; the fair queue lets far fewer be decided at once."""
MAX_SETTLED: Final = 20_000
"""Maximum number of events that are known to be settled: more than are decided in 10 s."""
MAX_ROOMS: Final = 2_000
"""Maximum number of rooms for which recent senders are kept."""

_BOUNDS: Final = {
    Namespace.EVENTS: (50_000, 200_000),
    Namespace.MENTIONS: (20_000, 100_000),
    Namespace.REFUSALS: (50_000, 100_000),
    Namespace.WARNINGS: (50_000, 50_000),
}
"""Maximum number of counters in each namespace, and of slices in all of them."""
_WITH_PENDING: Final = (Settlement.SIGNED, None)
"""Settlements for which a sender's own pending events already count."""


class MemoryCounters:
    """`ImmediateCounters` for a server of one process, or for a dry run.

    The wall clock is read once at the start; after that time advances by the monotonic clock. So if
    the wall clock is set, no count is lost or kept too long. Time during which the machine was
    suspended is not counted.

    Args:
        max_reserved: maximum number of pending events; beyond it the oldest is forgotten.
    """

    def __init__(self, clock: Clock, *, max_reserved: int = MAX_RESERVED) -> None:
        self._clock = clock
        self._began_ts = clock.now_ts() - round(clock.monotonic() * 1_000)
        self._max_reserved = max_reserved
        self._reserved: OrderedDict[bytes, Reservation] = OrderedDict()
        self._settled: BoundedMapping[bytes, int] = BoundedMapping(MAX_SETTLED)
        self._own_pending: defaultdict[Own, int] = defaultdict(int)
        self._windows = {
            namespace: Windows(max_counters=counters, max_slices=slices)
            for namespace, (counters, slices) in _BOUNDS.items()
        }
        self._things = SentThings()
        self._texts = SimilarTexts()
        self._people = PeopleCounts()
        self._sayings = Sayings()
        self._unsigned = UnsignedWords()
        self._members: BoundedMapping[tuple[str, str], BoundedMapping[str, int]]
        self._members = BoundedMapping(MAX_ROOMS)

    async def reserve(
        self,
        event: CountedEvent,
        questions: Sequence[CounterQuestion],
        now_ts: int | None = None,
    ) -> Sequence[CounterAnswer]:
        """See `Counters.reserve`; it never waits."""
        if self._present() - self._settled.get(event.key, -RESERVED_FOR_MS) < RESERVED_FOR_MS:
            raise AlreadySettled
        return self.reserve_now(event, questions, now_ts)

    def reserve_now(
        self,
        event: CountedEvent,
        questions: Sequence[CounterQuestion],
        now_ts: int | None = None,
    ) -> Sequence[CounterAnswer]:
        """See `ImmediateCounters.reserve_now`."""
        present = self._present()
        self._expire(present)
        reservation = self._reserved.get(event.key)
        if reservation is not None:
            reservation.holders += 1
            answers = dict(zip(reservation.questions, reservation.answers, strict=True))
            unknown = [question for question in questions if question not in answers]
            answers.update(zip(unknown, self._ask(unknown, reservation), strict=True))
            return [answers[question] for question in questions]
        at = present if now_ts is None else now_ts
        reservation = self._reserved[event.key] = Reservation(event, at, present)
        if len(self._reserved) > self._max_reserved:
            self._give_up(next(iter(self._reserved)))
        return self._ask(questions, reservation)

    def settle(self, key: bytes, settlement: Settlement) -> None:
        """See `Counters.settle`."""
        reservation = self._reserved.get(key)
        if reservation is None:
            return
        if self._present() - reservation.made_at >= RESERVED_FOR_MS:
            self._give_up(key)
            return
        del self._reserved[key]
        self._settled[key] = reservation.made_at
        self._release(reservation)
        self._unsigned.settle(reservation, settlement)
        for each in reservation.held:
            question = each.question
            counts = question.on is settlement or (
                question.on is None and not reservation.is_last_again
            )
            if counts and question.units > 0:
                self._windows[question.namespace].add(
                    each.name, question.window_ms, reservation.at, question.units
                )
        if settlement is Settlement.EXCUSED:
            for undo in reservation.undo_excused:
                undo()
        if settlement is Settlement.SIGNED:
            for members in reservation.members:
                self._add_member(members, reservation)

    def cancel(self, key: bytes) -> None:
        """See `Counters.cancel`."""
        self._expire(self._present())
        reservation = self._reserved.get(key)
        if reservation is None:
            return
        reservation.holders -= 1
        if reservation.holders == 0:
            self._give_up(key)

    def note_people(
        self,
        community: str,
        people: Sequence[Person],
        then: Callable[[Sequence[PeopleByGroup]], None] = ignore_counts,
        *,
        now_ts: int | None = None,
    ) -> None:
        """See `Counters.note_people`; returns at once."""
        at = self._present() if now_ts is None else now_ts
        then([self._people.add(community, person, at) for person in people])

    def forget_people(self) -> None:
        """See `Counters.forget_people`."""
        self._people, self._sayings = PeopleCounts(), Sayings()
        self._unsigned = UnsignedWords()

    def forget_person(self, user_id: str) -> None:
        """See `Counters.forget_person`."""
        self._people.forget_person(user_id)
        self._sayings.forget_person(user_id)
        self._unsigned.forget_person(user_id)

    def _present(self) -> int:
        return self._began_ts + int(self._clock.monotonic() * 1_000 + 0.5)

    def _expire(self, present: int) -> None:
        while self._reserved:
            key, oldest = next(iter(self._reserved.items()))
            if present - oldest.made_at < RESERVED_FOR_MS:
                return
            self._give_up(key)

    def _give_up(self, key: bytes) -> None:
        reservation = self._reserved.pop(key)
        self._release(reservation)
        for undo in (*reservation.undo, *reservation.undo_excused):
            undo()

    def _release(self, reservation: Reservation) -> None:
        for each in reservation.held:
            if each.own is None:
                continue
            left = self._own_pending[each.own] - each.question.units
            if left > 0:
                self._own_pending[each.own] = left
            else:
                del self._own_pending[each.own]

    def _ask(
        self, questions: Sequence[CounterQuestion], reservation: Reservation
    ) -> list[CounterAnswer]:
        for question in questions:
            if type(question) is Unsigned:
                self._unsigned.look_up(question, reservation)
        # All questions are answered before anything is added: two may be about one counter.
        answers = [self._answer(question, reservation) for question in questions]
        for question in questions:
            self._hold(question, reservation)
        reservation.questions += questions
        reservation.answers += answers
        return answers

    def _answer(self, question: CounterQuestion, reservation: Reservation) -> CounterAnswer:
        event, at = reservation.event, reservation.at
        if type(question) is Count:
            name = (event.community, *question.counter)
            total = self._windows[question.namespace].count(name, question.window_ms, at)
            if question.on not in _WITH_PENDING or not self._own_pending:
                return total
            own = self._own_pending.get(
                (question.namespace, name, question.window_ms, event.sender), 0
            )
            return Total(total.units + own, total.latest_ms_ago) if own else total
        if type(question) is RecentMembers:
            return self._list_members(question, event, at) if question.is_listed else ()
        if type(question) is SameThing:
            return self._things.find(question, event, at)
        if type(question) is SameThings:
            return tuple([self._things.find(each, event, at) for each in _each(question)])
        if type(question) is SimilarText:
            return self._texts.find(question, event, at)
        if type(question) is Unsigned:
            return reservation.is_retry
        if type(question) is People:
            return self._people.find(question, event, at)
        if type(question) is RecentSayings:
            return self._sayings.find(question, event, at)
        return tuple([self._answer(each, reservation) for each in question.questions])

    def _hold(self, question: CounterQuestion, reservation: Reservation) -> None:
        event = reservation.event
        if type(question) is Count:
            name = (event.community, *question.counter)
            own: Own | None = None
            if question.on in _WITH_PENDING and question.units > 0:
                own = (question.namespace, name, question.window_ms, event.sender)
                self._own_pending[own] += question.units
            reservation.held.append(HeldUnits(question, name, own))
        elif type(question) is RecentMembers:
            if question.is_added:
                reservation.members.append(question)
        elif type(question) is CountGroup:
            for each in question.questions:
                self._hold(each, reservation)
        elif not reservation.is_retry:
            self._add_sending(question, reservation)

    def _add_sending(self, question: CounterQuestion, reservation: Reservation) -> None:
        """Add a sending, which counts whatever is decided."""
        event, at = reservation.event, reservation.at
        if type(question) is SameThing:
            thing = self._things.add(question, event, at)
            reservation.undo.append(partial(self._things.remove, thing, event, at))
        elif type(question) is SameThings:
            for each in _each(question) if question.is_added else ():
                thing = self._things.add(each, event, at)
                undo = partial(self._things.remove, thing, event, at)
                reservation.undo_excused.append(undo)
        elif type(question) is SimilarText:
            text = self._texts.add(question, event, at)
            reservation.undo.append(partial(self._texts.remove, text, event, at))
        elif type(question) is RecentSayings and question.is_said:
            saying = self._sayings.add(question, event, at)
            reservation.undo.append(partial(self._sayings.remove, question, event, saying))

    def _list_members(
        self, question: RecentMembers, event: CountedEvent, at: int
    ) -> tuple[str, ...]:
        room = event.community, question.room_id
        members: Mapping[str, int] = self._members.get(room, {})
        return tuple([user for user, last in members.items() if last >= at - question.window_ms])

    def _add_member(self, question: RecentMembers, reservation: Reservation) -> None:
        room = (reservation.event.community, question.room_id)
        members = self._members.use(room)
        if members is None:
            members = self._members[room] = BoundedMapping(question.most)
        members[reservation.event.sender] = reservation.at


def _each(question: SameThings) -> list[SameThing]:
    return [SameThing(digest, question.window_ms) for digest in question.digests]
