"""Limits on the number and the deadlines of connections."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Protocol

from countersign.basics.ip_addresses import client_network

ENDED_AT_ONCE: Final = 4
"""Maximum number of connections that are ended in one round of the event loop.

Clients that connect together are overdue together. Ending two thousand at once blocked the loop for
85 ms; with this limit it is 4 ms on the same machine.
"""


GRACE_SECONDS: Final = 0.5
"""Time in which a request may arrive before its connection is closed before idle ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeLimits:
    """Limits on connections.

    Attributes:
        header_seconds: from a request's first byte to the end of its headers.
        body_seconds: from the end of the headers to the end of the body.
        answer_seconds: from the end of the body to the answer, and between parts of the answer.
        idle_seconds: between requests; homeservers keep connections open.
        linger_seconds: time in which a peer that was answered early may continue to send.
        linger_bytes: number of bytes that it may send in that time.
        header_bytes: size of request line and headers together.
        header_count: number of headers.
        connections: number of open connections.
        connections_per_address: number from one IPv4 address or IPv6 /64; without effect for
            loopback addresses and the operator's reverse proxies.
    """

    header_seconds: float = 10.0
    body_seconds: float = 10.0
    answer_seconds: float = 60.0
    idle_seconds: float = 60.0
    linger_seconds: float = 3.0
    linger_bytes: int = 512 * 1024
    header_bytes: int = 16 * 1024
    header_count: int = 100
    connections: int = 4096
    connections_per_address: int = 1024


class Connection(Protocol):
    """Interface to a connection, for `ConnectionLimits`."""

    def expire(self, now: float) -> bool:
        """End requests that are overdue at `now` (loop time); return True if any was."""
        ...

    def end_for_others(self) -> None:
        """Close at once, to make room for another connection."""
        ...

    def shutdown(self) -> None:
        """Close after the current requests are answered."""
        ...

    def cut_off(self) -> None:
        """Close at once."""
        ...


class ConnectionLimits:
    """Register of open connections, which ends the overdue ones.

    It checks all of them periodically, which is cheaper than a timer for each; a second of delay
    does not matter.

    Args:
        limits: the limits.
        on_refusal: called with the status of every answer that did not come from an application.
        is_proxy: returns True for addresses of the operator's reverse proxies.
        is_member: returns True for addresses from which a member server was recently
            authenticated. Their connections are closed only for those of other members.
    """

    def __init__(
        self,
        limits: EdgeLimits,
        on_refusal: Callable[[int], None] = lambda _: None,
        is_proxy: Callable[[str], bool] = lambda _: False,
        is_member: Callable[[str], bool] = lambda _: False,
    ) -> None:
        self.limits = limits
        self._is_member = is_member
        self._is_proxy = is_proxy
        self.on_refusal = on_refusal
        self._connections: dict[Connection, str | None] = {}
        # Of strangers, in order: those with a request under way, or none so far; and the others.
        self._busy: dict[Connection, float] = {}
        self._idle: dict[Connection, None] = {}
        self._members: dict[Connection, None] = {}
        self._by_network: Counter[str] = Counter()
        self._is_empty = asyncio.Event()
        self._is_empty.set()

    def __len__(self) -> int:
        return len(self._connections)

    def __iter__(self) -> Iterator[Connection]:
        return iter(tuple(self._connections))

    def admits(self, connection: Connection, address: str | None) -> bool:
        """Return True if the limits admit `connection`, which must `leave` later.

        If there are too many, the one that has been without an answer for longest is closed.
        """
        if connection in self._connections:
            return True
        network = self._network(address)
        if network is not None and self._by_network[network] >= self.limits.connections_per_address:
            return False
        is_member = address is not None and self._is_member(address)
        now = asyncio.get_running_loop().time()
        if len(self._connections) >= self.limits.connections:
            oldest = self._find_oldest(now, is_member=is_member)
            if oldest is None:
                return False
            self._end(oldest)
        if network is not None:
            self._by_network[network] += 1
        self._connections[connection] = network
        if is_member:
            self._members[connection] = None
        else:
            self._busy[connection] = now
        self._is_empty.clear()
        return True

    def begin(self, connection: Connection) -> None:
        """Record that a request has begun on an idle connection."""
        if connection in self._idle:
            del self._idle[connection]
            self._busy[connection] = asyncio.get_running_loop().time()

    def mark_idle(self, connection: Connection, address: str | None) -> None:
        """Record that all requests of a connection are answered."""
        if connection not in self._connections:
            return
        if address is not None and self._is_member(address):
            if connection in self._members:
                return
            self._forget_place(connection)
            self._members[connection] = None
        else:
            self._forget_place(connection)
            self._idle[connection] = None

    def leave(self, connection: Connection) -> None:
        """Remove a connection; does nothing for one that was not admitted."""
        if connection not in self._connections:
            return
        self._forget_place(connection)
        network = self._connections.pop(connection)
        if network is not None:
            self._by_network[network] -= 1
            if not self._by_network[network]:
                del self._by_network[network]
        if not self._connections:
            self._is_empty.set()

    async def wait_until_empty(self) -> None:
        """Wait until no connection is open."""
        await self._is_empty.wait()

    async def go_round(self, now: float) -> None:
        """End overdue requests on all connections, a few at a time."""
        ended = 0
        for connection in self:
            if connection.expire(now):
                ended += 1
                if ended % ENDED_AT_ONCE == 0:
                    await asyncio.sleep(0)

    def _find_oldest(self, now: float, *, is_member: bool) -> Connection | None:
        """Return the connection to close for a new one of a member, or of a stranger; or None."""
        busy = next(iter(self._busy), None)
        if busy is not None and now - self._busy[busy] > GRACE_SECONDS:
            return busy
        idle = next(iter(self._idle), None)
        return idle or busy or (next(iter(self._members), None) if is_member else None)

    def _end(self, connection: Connection) -> None:
        # It is counted out at once: its socket may take a while to close.
        self.leave(connection)
        self.on_refusal(503)
        connection.end_for_others()

    def _forget_place(self, connection: Connection) -> None:
        for places in (self._busy, self._idle, self._members):
            if connection in places:
                del places[connection]

    def _network(self, address: str | None) -> str | None:
        return None if address is None or self._is_proxy(address) else client_network(address)
