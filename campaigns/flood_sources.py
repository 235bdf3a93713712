"""Sources of good and bad traffic."""

import asyncio
import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from tests.blackbox import oracle

from campaigns.homeservers import (
    Homeserver,
    http_request,
    make_event,
    make_room,
    sign,
    signed_request,
)
from campaigns.server import NAME, SPAM

POLICY: Final = (
    "filters:\n  - keyword: {{words: ['{spam}']}}\n  - mention-flood: {{max_users: 20}}\n"
    "  - event-rate: {{max_events: 1000000, per_seconds: 60}}\n"
)
SETTINGS: Final = "federation: {allow_networks: ['::1/128']}\n"
"""Enough that our server really tries to reach the dead key server, with its shipped limits."""

ROOM_VERSION: Final = "11"
LARGE_BYTES: Final = 64_000


class Traffic:
    """Right and proper requests, each for a new event.

    Args:
        homeservers: whose users talk; the last one is hostile and asks for nothing good.
    """

    def __init__(self, homeservers: Sequence[Homeserver]) -> None:
        self.homeservers = homeservers
        self.room = make_room(ROOM_VERSION, homeservers, "flood")
        self._numbers = itertools.count()

    def good(self) -> bytes:
        return self.request(self.homeservers[next(self._numbers) % (len(self.homeservers) - 1)])

    def request(self, homeserver: Homeserver, body: str = "fine weather") -> bytes:
        number = next(self._numbers)
        content = {"msgtype": "m.text", "body": f"{body} {number}"}
        event = make_event(self.room, homeserver, number, content=content)
        return signed_request(NAME, homeserver, sign(self.room, homeserver, event))


class DeadKeyServer:
    """Takes connections at `[::1]` and never says a word; counts them."""

    def __init__(self) -> None:
        self.accepted = 0
        self.port = 0
        self._server: asyncio.Server | None = None
        self._held: list[asyncio.BaseTransport] = []

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        dead = self

        class Silence(asyncio.Protocol):
            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                dead.accepted += 1
                dead._held.append(transport)

        self._server = await loop.create_server(Silence, "::1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    def stop(self) -> None:
        for transport in self._held:
            transport.close()
        if self._server is not None:
            self._server.close()


@dataclass(frozen=True, slots=True)
class Names:
    """Server names that lead to a dead key server."""

    port: int

    def hosts(self) -> Iterator[str]:
        """Yield server names of many hosts, which a resolver knows without asking anybody."""
        return (f"stranger-{number}.localhost:{self.port}" for number in itertools.count())

    def addresses(self) -> Iterator[str]:
        """Yield 65,536 server names that are spellings of one address.

        Each of its eight groups can be written in four ways. The address is in a network that our
        server's settings allow, as an operator's own would be.
        """
        zeros = ("0", "00", "000", "0000")
        for groups in itertools.product(*[zeros] * 7, ("1", "01", "001", "0001")):
            yield f"[{':'.join(groups)}]:{self.port}"


def stranger_requests(traffic: Traffic, names: Iterator[str], count: int) -> Iterator[bytes]:
    """Yield requests of origins that nobody ever saw, in the name of a room of ours."""
    stranger = Homeserver("stranger.invalid")
    homeserver = traffic.homeservers[0]
    event = sign(traffic.room, homeserver, make_event(traffic.room, homeserver, 10**9))
    body: bytes = oracle.canonical(event)
    header = stranger.authorization(NAME, body, origin="stranger.invalid")
    for name in itertools.islice(names, count):
        yield http_request(NAME, body, header.replace("stranger.invalid", name))


def hostile_requests(traffic: Traffic, count: int) -> Iterator[bytes]:
    """Yield adverts by a server of the room, each another event; a sample of them, repeated.

    Half of the requests repeat an event, so that both roads are used.
    """
    hostile = traffic.homeservers[-1]
    made = [traffic.request(hostile, f"buy {SPAM}") for _ in range((count + 1) // 2)]
    yield from itertools.islice(itertools.chain(made, made), count)


def large_requests(traffic: Traffic, count: int) -> Iterator[bytes]:
    """Yield requests for events that are nearly as large as events may be."""
    for number in range(count):
        homeserver = traffic.homeservers[number % (len(traffic.homeservers) - 1)]
        yield traffic.request(homeserver, "word " * (LARGE_BYTES // 5))


async def slow_clients(port: int, count: int, seen: Counter[int]) -> None:
    """Keep so many clients busy sending a request a byte at a time, until cancelled.

    Who is sent away comes back at once. `seen` counts what they were told, 0 for nothing.
    """
    await asyncio.gather(*(_slow_client(port, number, count, seen) for number in range(count)))


async def _slow_client(port: int, number: int, count: int, seen: Counter[int]) -> None:
    await asyncio.sleep(2 * number / count)  # not all in one moment: the backlog is finite
    head = f"POST /_matrix/policy/v1/sign HTTP/1.1\r\nHost: {NAME}\r\nX-Slow: ".encode()
    while True:
        writer = None
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(head)
            while not reader.at_eof():
                writer.write(b"x")
                try:
                    said = await asyncio.wait_for(reader.read(1024), 1.0)
                except TimeoutError:
                    continue
                seen[int(said[9:12]) if said else 0] += 1
                break
        except OSError:
            seen[0] += 1
            await asyncio.sleep(1.0)
        finally:
            if writer is not None:
                writer.close()
