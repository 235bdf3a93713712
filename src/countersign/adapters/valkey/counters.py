"""Counters in a Valkey or Redis server, which several processes share."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from countersign.adapters.valkey.calls import SharedMemoryLost
from countersign.adapters.valkey.link import ValkeyLink
from countersign.adapters.valkey.questions import (
    answer_of,
    cancelling,
    forgetting,
    noting,
    people_of,
    reserving,
    settling,
)
from countersign.basics.bounded_mapping import BoundedMapping
from countersign.ports.counters import (
    CountedEvent,
    CounterAnswer,
    CounterQuestion,
    Counters,
    Settlement,
)
from countersign.ports.metrics import Counter
from countersign.ports.people_counts import PeopleByGroup, Person, tell_nobody

MAX_HELD: Final = 20_000
"""Maximum number of pending events of which it is known where they were reserved."""
MAX_TO_FORGET: Final = 1_000
"""Maximum number of people who are to be forgotten as soon as the server is there again."""
DEEDS_AT_ONCE: Final = 1_000
"""Deeds that a person is forgotten in by one operation, for which all others wait."""


class SharedCounters:
    """`Counters` that a server keeps; while it is lost, this process counts on its own.

    What was reserved at one place is settled there. What the server held when it was lost is
    forgotten for that time, and is there again afterwards.

    Args:
        link: runs the script.
        alone: count while the server is lost.
        beginning: of all keys, such as `countersign:policy.example.org:`.
        counted_alone: counts the events that were reserved without the server.
        communities: names all communities.
    """

    def __init__(
        self,
        link: ValkeyLink,
        alone: Counters,
        *,
        beginning: str,
        counted_alone: Counter,
        communities: Callable[[], Iterable[str]],
    ) -> None:
        self._link = link
        self._alone = alone
        self._beginning = beginning
        self._counted_alone = counted_alone
        self._communities = communities
        self._keys_of: BoundedMapping[bytes, str] = BoundedMapping(MAX_HELD)
        self._reserved_alone: BoundedMapping[bytes, int] = BoundedMapping(MAX_HELD)
        self._to_forget: BoundedMapping[str, None] = BoundedMapping(MAX_TO_FORGET)

    async def reserve(
        self,
        event: CountedEvent,
        questions: Sequence[CounterQuestion],
        now_ts: int | None = None,
    ) -> Sequence[CounterAnswer]:
        """See `Counters.reserve`; it waits for the server for 50 ms at most."""
        link = self._link
        if link.is_up and event.key not in self._reserved_alone:
            reply = await self._reserve_there(event, questions, now_ts)
            if not isinstance(reply, SharedMemoryLost):
                pairs = zip(questions, reply, strict=True)
                return [answer_of(question, each) for question, each in pairs]
        self._counted_alone.inc()
        self._reserved_alone[event.key] = self._reserved_alone.get(event.key, 0) + 1
        return await self._alone.reserve(event, questions, now_ts)

    def settle(self, key: bytes, settlement: Settlement) -> None:
        """See `Counters.settle`."""
        if self._reserved_alone.pop(key, 0):
            self._alone.settle(key, settlement)
        else:
            self._tell_about(key, settling(key, settlement))

    def cancel(self, key: bytes) -> None:
        """See `Counters.cancel`."""
        holders = self._reserved_alone.pop(key, 0)
        if not holders:
            self._tell_about(key, cancelling(key))
            return
        if holders > 1:
            self._reserved_alone[key] = holders - 1
        self._alone.cancel(key)

    def note_people(
        self,
        community: str,
        people: Sequence[Person],
        then: Callable[[Sequence[PeopleByGroup]], None] = tell_nobody,
        *,
        now_ts: int | None = None,
    ) -> None:
        """See `Counters.note_people`; it tells in a moment."""

        def replied(reply: Any) -> None:
            if isinstance(reply, SharedMemoryLost):
                self._alone.note_people(community, people, then, now_ts=now_ts)
            else:
                then([people_of(each) for each in reply])

        self._link.run_script(self._keys(community), noting(people, now_ts), replied)

    def forget_person(self, user_id: str) -> None:
        """See `Counters.forget_person`; while the server is lost, it is made up for later."""
        self._alone.forget_person(user_id)
        self._to_forget[user_id] = None
        if self._link.is_up:
            self.forget_who_waits()

    def forget_who_waits(self) -> None:
        """Forget those of whom the server could not be told; to be called once it is there."""
        waiting, self._to_forget = self._to_forget, BoundedMapping(MAX_TO_FORGET)
        for user_id in waiting:
            for community in self._communities():
                self._forget_in(community, user_id, 0)

    def _forget_in(self, community: str, user_id: str, at_place: int) -> None:
        def replied(reply: Any) -> None:
            if isinstance(reply, SharedMemoryLost):
                self._to_forget[user_id] = None
            elif reply:
                self._forget_in(community, user_id, reply)

        operation = forgetting(user_id, at_place, DEEDS_AT_ONCE)
        self._link.run_script(self._keys(community), operation, replied)

    async def _reserve_there(
        self, event: CountedEvent, questions: Sequence[CounterQuestion], now_ts: int | None
    ) -> Any:
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

        def replied(reply: Any) -> None:
            if not future.done():
                future.set_result(reply)

        operation = reserving(event, questions, now_ts)
        self._link.run_script(self._keys(event.community), operation, replied)
        self._keys_of[event.key] = event.community
        try:
            return await future
        except asyncio.CancelledError:
            self.cancel(event.key)
            raise

    def _tell_about(self, key: bytes, operation: bytes) -> None:
        community = self._keys_of.get(key)
        if community is not None:
            self._link.run_script(self._keys(community), operation, _ignore)

    def _keys(self, community: str) -> str:
        return f"{self._beginning}{{{community}}}:"


def _ignore(reply: Any) -> None:
    """Do nothing: what is not counted is forgotten."""
