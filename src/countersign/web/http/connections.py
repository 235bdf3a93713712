"""Limits on connections, and the end of those that are too slow."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Protocol

from countersign.basics.ip_addresses import client_network

ENDED_AT_ONCE: Final = 4
"""Maximum number of connections that are ended before the event loop turns to others again.

Clients that came together are overdue together. Ending two thousand in one go took 85 ms, in
which nobody else was answered; so it is 4 ms at most, on the same machine.
"""


GRACE_SECONDS: Final = 0.5
"""Seconds a request may take to arrive before its connection gives way ahead of idle ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeLimits:
    """Limits on a stranger's connection.

    Attributes:
        header_seconds: from a request's first byte to the end of its headers.
        body_seconds: from there to the end of its body.
        answer_seconds: from there to our answer, and from one part of it to the next.
        idle_seconds: between requests; homeservers keep connections open.
        linger_seconds: how long a peer that was answered early may go on sending.
        linger_bytes: and how much.
        header_bytes: request line and headers together.
        header_count: how many headers.
        connections: at one moment, all peers together.
        connections_per_address: from one IPv4 address or IPv6 /64; loopback, where a reverse
            proxy lives, is excused, and so are the operator's proxies elsewhere.
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
        """Close at once, because the place is needed for others."""
        ...

    def shutdown(self) -> None:
        """Close after the requests under way are answered."""
        ...

    def cut_off(self) -> None:
        """Close at once."""
        ...


class ConnectionLimits:
    """Counts connections in, and goes round to see which are overdue.

    One round for all is cheaper than a timer for each, and a second late does not matter.

    Args:
        limits: what connections may cost.
        on_refusal: told the status of every answer that no application gave.
        is_proxy: tells whether an address is that of a reverse proxy of the operator's.
        is_member: tells whether a member server proved its name from an address lately. Its
            connections give way to those of members alone.
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
        """Admit `connection` if the limits allow, and return whether; an admitted one must `leave`.

        When there are too many, the one that has been longest without an answer gives way.
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
        """Note that all requests of a connection are answered."""
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
        """Count a connection out; does nothing for one that was not let in."""
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
        """Return once the last connection has left."""
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
        """Return the connection that gives way first to one of a member, or of a stranger."""
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
