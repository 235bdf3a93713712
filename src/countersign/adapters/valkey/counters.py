"""`Counters` in a Valkey or Redis server, shared by several processes."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from countersign.adapters.valkey import operations, replies
from countersign.adapters.valkey.calls import SharedMemoryLost
from countersign.adapters.valkey.client import ValkeyClient
from countersign.basics.bounded_mapping import BoundedMapping
from countersign.ports.counters import (
    RESERVED_FOR_MS,
    AlreadySettled,
    CountedEvent,
    CounterAnswer,
    CounterQuestion,
    Counters,
    Settlement,
)
from countersign.ports.event_loop.short_waits import ShortWait
from countersign.ports.metrics import Counter
from countersign.ports.people_counts import PeopleByGroup, Person, ignore_counts

MAX_HELD: Final = 20_000
"""Maximum number of pending events whose place of reservation is remembered."""
MAX_TO_FORGET: Final = 1_000
"""Maximum number of people to be forgotten once a lost server is back."""
DEEDS_AT_ONCE: Final = 1_000
"""Number of deeds in which one operation forgets a person; all other operations wait for it."""
EXPIRE_AFTER_SECONDS: Final = RESERVED_FOR_MS / 1_000 + 1
"""Time from a connection to the server until old reservations are given up there."""
_ALREADY_SETTLED: Final = 0


class SharedCounters:
    """`Counters` on a server; while it is lost, this process counts on its own.

    An event is settled where it was reserved, on the server or in this process. Counts on a lost
    server are missing meanwhile, and are there again afterwards.

    Args:
        client: runs operations on the server.
        local: counters of this process, for the time in which the server is lost.
        key_prefix: the prefix of all keys, such as `countersign:policy.example.org:`.
        counted_alone: metric of the events that were reserved without the server.
        communities: returns the names of all communities.
    """

    def __init__(
        self,
        client: ValkeyClient,
        local: Counters,
        *,
        key_prefix: str,
        counted_alone: Counter,
        communities: Callable[[], Iterable[str]],
    ) -> None:
        self._client = client
        self._local = local
        self._key_prefix = key_prefix
        self._counted_alone = counted_alone
        self._communities = communities
        self._community_of: BoundedMapping[bytes, str] = BoundedMapping(MAX_HELD)
        self._reserved_locally: BoundedMapping[bytes, int] = BoundedMapping(MAX_HELD)
        self._to_forget: BoundedMapping[str, None] = BoundedMapping(MAX_TO_FORGET)

    def know_settled(self) -> bool:
        """Return whether `reserve` knows now which events were settled a moment ago."""
        return self._client.is_up

    async def reserve(
        self,
        event: CountedEvent,
        questions: Sequence[CounterQuestion],
        now_ts: int | None = None,
    ) -> Sequence[CounterAnswer]:
        """See `Counters.reserve`; waits for the server for at most 50 ms."""
        if self._client.is_up and event.key not in self._reserved_locally:
            reply = await self._reserve_there(event, questions, now_ts)
            if reply == _ALREADY_SETTLED:
                raise AlreadySettled
            if not isinstance(reply, SharedMemoryLost):
                return replies.answers_of(questions, reply, event)
        self._counted_alone.inc()
        self._reserved_locally[event.key] = self._reserved_locally.get(event.key, 0) + 1
        return await self._local.reserve(event, questions, now_ts)

    def settle(self, key: bytes, settlement: Settlement) -> None:
        """See `Counters.settle`."""
        if self._reserved_locally.pop(key, 0):
            self._local.settle(key, settlement)
        else:
            self._tell_about(key, operations.settle(key, settlement))

    def cancel(self, key: bytes) -> None:
        """See `Counters.cancel`."""
        holders = self._reserved_locally.pop(key, 0)
        if not holders:
            self._tell_about(key, operations.cancel(key))
            return
        if holders > 1:
            self._reserved_locally[key] = holders - 1
        self._local.cancel(key)

    def note_people(
        self,
        community: str,
        people: Sequence[Person],
        then: Callable[[Sequence[PeopleByGroup]], None] = ignore_counts,
        *,
        now_ts: int | None = None,
    ) -> None:
        """See `Counters.note_people`; `then` is called once the server has replied."""

        def on_reply(reply: Any) -> None:
            if isinstance(reply, SharedMemoryLost):
                self._local.note_people(community, people, then, now_ts=now_ts)
            else:
                then([replies.people_of(each) for each in reply])

        is_asked_for = then is not ignore_counts
        operation = operations.note_people(people, now_ts, is_asked_for=is_asked_for)
        self._client.run_operation(self._prefix_of(community), operation, on_reply)

    def forget_people(self) -> None:
        """See `Counters.forget_people`; on the server, `forget_person` does it one by one."""
        self._local.forget_people()

    def forget_person(self, user_id: str) -> None:
        """See `Counters.forget_person`; while the server is lost, this is done later."""
        self._local.forget_person(user_id)
        self._to_forget[user_id] = None
        if self._client.is_up:
            self._forget_waiting_people()

    def note_connected(self) -> None:
        """Do on the server what could not be done while it was lost; call it once it is up.

        Reservations whose reply came too late, or whose process was killed, are not settled. The
        next event of the community has them given up, but there may be none for a long time.
        """
        self._forget_waiting_people()
        asyncio.get_running_loop().call_later(EXPIRE_AFTER_SECONDS, self._expire_everywhere)

    def _expire_everywhere(self) -> None:
        for community in self._communities():
            self._expire_in(community)

    def _expire_in(self, community: str) -> None:
        def on_reply(reply: Any) -> None:
            if reply == 1:  # there may be more
                self._expire_in(community)

        self._client.run_operation(self._prefix_of(community), operations.expire(), on_reply)

    def _forget_waiting_people(self) -> None:
        waiting, self._to_forget = self._to_forget, BoundedMapping(MAX_TO_FORGET)
        for user_id in waiting:
            for community in self._communities():
                self._forget_in(community, user_id, 0)

    def _forget_in(self, community: str, user_id: str, at_place: int) -> None:
        def on_reply(reply: Any) -> None:
            if isinstance(reply, SharedMemoryLost):
                self._to_forget[user_id] = None
            elif reply:
                self._forget_in(community, user_id, reply)

        operation = operations.forget_person(user_id, at_place, DEEDS_AT_ONCE)
        self._client.run_operation(self._prefix_of(community), operation, on_reply)

    async def _reserve_there(
        self, event: CountedEvent, questions: Sequence[CounterQuestion], now_ts: int | None
    ) -> Any:
        future: ShortWait[Any] = ShortWait(loop=asyncio.get_running_loop())

        def on_reply(reply: Any) -> None:
            if not future.done():
                future.set_result(reply)

        operation = operations.reserve(event, questions, now_ts)
        self._client.run_operation(self._prefix_of(event.community), operation, on_reply)
        self._community_of[event.key] = event.community
        try:
            return await future
        except asyncio.CancelledError:
            self.cancel(event.key)
            raise

    def _tell_about(self, key: bytes, operation: bytes) -> None:
        community = self._community_of.get(key)
        if community is not None:
            self._client.run_operation(self._prefix_of(community), operation)

    def _prefix_of(self, community: str) -> str:
        return f"{self._key_prefix}{{{community}}}:"
