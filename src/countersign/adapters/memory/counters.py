"""Counters in this process's memory."""

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from countersign.adapters.memory.near_duplicates import SentThings, SimilarTexts
from countersign.adapters.memory.windows import Windows
from countersign.basics.bounded_mapping import BoundedMapping
from countersign.ports.clock import Clock
from countersign.ports.counters import (
    RESERVED_FOR_MS,
    Count,
    CountedEvent,
    CounterAnswer,
    CounterQuestion,
    Namespace,
    RecentMembers,
    SameThing,
    Settlement,
    SimilarText,
    Total,
)

MAX_RESERVED: Final = 5_000
"""How many events are pending at most; the fair queue lets far fewer be decided at once."""
MAX_ROOMS: Final = 2_000
"""Of how many rooms it is known who wrote lately."""

_BOUNDS: Final = {
    Namespace.EVENTS: (50_000, 200_000),
    Namespace.MENTIONS: (20_000, 100_000),
    Namespace.REFUSALS: (50_000, 100_000),
    Namespace.WARNINGS: (50_000, 50_000),
}
"""How many counters there are at most, and how many slices in all of them."""

_Own = tuple[Namespace, tuple[str, ...], int, str, str]
"""Whose pending units are counted together: the counter's, of one sender in one community."""


@dataclass(slots=True, eq=False)
class _Reservation:
    """What is held for one pending event.

    Attributes:
        event: the event.
        at: the moment of the windows, in milliseconds since the epoch.
        made_at: the moment by which it expires.
        answers: what was answered to each question.
        undo: takes back what counts already.
        holders: how many called `reserve`.
    """

    event: CountedEvent
    at: int
    made_at: int
    answers: dict[CounterQuestion, CounterAnswer] = field(default_factory=dict)
    undo: list[Callable[[], None]] = field(default_factory=list)
    holders: int = 1


class MemoryCounters:
    """`ImmediateCounters` for a server of one process, or for a dry run.

    The wall clock is read once, when the counters begin, and carried on by the monotonic clock: if
    the wall clock is set, nothing is forgotten and nothing counts longer than it should. The time
    that a machine was suspended is not noticed.

    Args:
        clock: tells the time.
        max_reserved: how many events are pending at most; beyond that the oldest is forgotten.
    """

    def __init__(self, clock: Clock, *, max_reserved: int = MAX_RESERVED) -> None:
        self._clock = clock
        self._began_ts = clock.now_ts() - round(clock.monotonic() * 1_000)
        self._max_reserved = max_reserved
        self._reserved: OrderedDict[bytes, _Reservation] = OrderedDict()
        self._own_pending: defaultdict[_Own, int] = defaultdict(int)
        self._windows = {
            namespace: Windows(max_counters=counters, max_slices=slices)
            for namespace, (counters, slices) in _BOUNDS.items()
        }
        self._things = SentThings()
        self._texts = SimilarTexts()
        self._members: BoundedMapping[tuple[str, str], BoundedMapping[str, int]]
        self._members = BoundedMapping(MAX_ROOMS)

    async def reserve(
        self,
        event: CountedEvent,
        questions: Sequence[CounterQuestion],
        now_ts: int | None = None,
    ) -> Sequence[CounterAnswer]:
        """See `Counters.reserve`; it never waits."""
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
        if reservation is None:
            at = present if now_ts is None else now_ts
            reservation = self._reserved[event.key] = _Reservation(event, at, present)
            if len(self._reserved) > self._max_reserved:
                self._give_up(next(iter(self._reserved)))
        else:
            reservation.holders += 1
        answers = reservation.answers
        unknown = [question for question in questions if question not in answers]
        # All are answered before any is added to: two may be of one counter.
        answers.update([(each, self._answer(each, reservation)) for each in unknown])
        for question in unknown:
            self._hold(question, reservation)
        return [answers[question] for question in questions]

    def settle(self, key: bytes, settlement: Settlement) -> None:
        """See `Counters.settle`."""
        self._expire(self._present())
        reservation = self._reserved.pop(key, None)
        if reservation is None:
            return
        for question in reservation.answers:
            match question:
                case Count():
                    self._release(question, reservation.event)
                    if question.on is settlement and question.units > 0:
                        name = (reservation.event.community, *question.counter)
                        self._windows[question.namespace].add(
                            name, question.window_ms, reservation.at, question.units
                        )
                case RecentMembers():
                    if question.is_added and settlement is Settlement.SIGNED:
                        self._add_member(question, reservation)
                case _:
                    pass  # what counts whatever becomes of the event was added already

    def cancel(self, key: bytes) -> None:
        """See `Counters.cancel`."""
        self._expire(self._present())
        reservation = self._reserved.get(key)
        if reservation is None:
            return
        reservation.holders -= 1
        if reservation.holders == 0:
            self._give_up(key)

    def _present(self) -> int:
        return self._began_ts + round(self._clock.monotonic() * 1_000)

    def _expire(self, present: int) -> None:
        while self._reserved:
            key, oldest = next(iter(self._reserved.items()))
            if present - oldest.made_at < RESERVED_FOR_MS:
                return
            self._give_up(key)

    def _give_up(self, key: bytes) -> None:
        reservation = self._reserved.pop(key)
        for question in reservation.answers:
            if isinstance(question, Count):
                self._release(question, reservation.event)
        for undo in reservation.undo:
            undo()

    def _answer(self, question: CounterQuestion, reservation: _Reservation) -> CounterAnswer:
        event, at = reservation.event, reservation.at
        match question:
            case Count():
                windows = self._windows[question.namespace]
                total = windows.count((event.community, *question.counter), question.window_ms, at)
                if question.on is not Settlement.SIGNED or not self._own_pending:
                    return total
                own = self._own_pending.get(_own(question, event), 0)
                return Total(total.units + own, total.latest_ms_ago) if own else total
            case SameThing():
                return self._things.find(question, event, at)
            case SimilarText():
                return self._texts.find(question, event, at)
            case RecentMembers():
                return self._list_members(question, event, at) if question.is_listed else ()

    def _hold(self, question: CounterQuestion, reservation: _Reservation) -> None:
        event, at = reservation.event, reservation.at
        match question:
            case Count():
                if question.on is Settlement.SIGNED and question.units > 0:
                    self._own_pending[_own(question, event)] += question.units
            case SameThing():
                thing = self._things.add(question, event, at)
                reservation.undo.append(partial(self._things.remove, thing, event, at))
            case SimilarText():
                text = self._texts.add(question, event, at)
                reservation.undo.append(partial(self._texts.remove, text, event, at))
            case RecentMembers():
                pass

    def _release(self, question: Count, event: CountedEvent) -> None:
        if question.on is not Settlement.SIGNED or question.units <= 0:
            return
        own = _own(question, event)
        left = self._own_pending[own] - question.units
        if left > 0:
            self._own_pending[own] = left
        else:
            del self._own_pending[own]

    def _list_members(
        self, question: RecentMembers, event: CountedEvent, at: int
    ) -> tuple[str, ...]:
        members = self._members.get((event.community, question.room_id))
        if members is None:
            return ()
        since = at - question.window_ms
        return tuple([member for member, last in members.items() if last >= since])

    def _add_member(self, question: RecentMembers, reservation: _Reservation) -> None:
        room = (reservation.event.community, question.room_id)
        members = self._members.use(room)
        if members is None:
            members = self._members[room] = BoundedMapping(question.most)
        members[reservation.event.sender] = reservation.at


def _own(question: Count, event: CountedEvent) -> _Own:
    return (
        question.namespace,
        question.counter,
        question.window_ms,
        event.community,
        event.sender,
    )
