"""Throughput of one server beside the limit of its cryptography, measured in the same run.

A real server process on durable SQLite, requests that were signed beforehand by servers whose keys
it knows. Loads: fresh events, each asked once; repeats, the same events asked by other servers;
both mixed, each event asked four times; fresh events at half of the top rate; and fresh events over
1, 2, 4, 10 and 50 connections, each of which asks again once it has its answer: a handful of
callers must not wait for a group of writes to fill.

The limit is what one core could do if a request cost nothing but the cryptography that the protocol
demands of it: for a fresh event two verifications (request, event) and one signature, for a repeat
one verification. We verify our own signature besides; that is our expense and not in the limit.
On a busy machine compare CPU times in verifications: what else runs stretches both. "late" is the
99th percentile of how late the generator itself sent, at a steady rate: p99 is the server's only as
far as it is above that. At "half rate" the generator keeps a processor for itself, as in the loads
before; at "half, idle" it sleeps between requests, so that a server has two processors if there are
two.

Usage: python benchmarks/sign_load.py [--events 3000] [--connections 32] [--json]
       python benchmarks/sign_load.py --only-connections [--connection-seconds 2]
       python benchmarks/sign_load.py --setup newcomer-safe --setup tls
       python benchmarks/sign_load.py --all
       python benchmarks/sign_load.py --database postgresql://user@host/empty
       python benchmarks/sign_load.py --setup four-filters --setup large --setup 10000000-decisions
"""

import argparse
import asyncio
import gc
import http.client
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import uvloop

from bench_server import (
    ASKED_AGAIN,
    LARGE,
    NAME,
    SETUPS,
    USUAL,
    Server,
    Setup,
    crypto_microseconds,
    make_peers,
    requests_for,
    running,
)
from countersign.testing.peers import Peer

CONNECTION_COUNTS = (1, 2, 4, 10, 50)
MAX_FRESH_PER_SECOND = 1_500
"""More than a server answers here, so that no load over connections runs out of events."""
PAUSE_SECONDS = 0.001
"""Time from a request's head to its body, where they are sent apart."""
MIXED_AFTER = 16
"""Repeats come so many events after the event, when it has been decided."""
GOALS = {"fresh": 0.30, "repeat": 0.35, "p99_ms": 25.0, "memory_mb": 150.0}


@dataclass
class Load:
    """Measurements of one load.

    Attributes:
        name: by which it is printed.
        requests: how many were answered.
        seconds: how long it took.
        cpu_seconds: CPU time of the server.
        latencies: of each request in seconds, at a steady rate from when it was due.
        lateness: how much later than due each request of a steady rate was sent, in seconds. What
            a latency has of that is the generator's, not the server's.
        failures: how many answers had each status but 200.
    """

    name: str
    requests: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    lateness: list[float] = field(default_factory=list)
    failures: dict[int, int] = field(default_factory=dict)

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds

    def quantile_ms(self, share: float) -> float:
        return quantile_ms(self.latencies, share)

    @property
    def cpu_us(self) -> float:
        return 1e6 * self.cpu_seconds / self.requests


def quantile_ms(seconds: Sequence[float], share: float) -> float:
    """Return what a share of some times is below, in milliseconds."""
    ordered = sorted(seconds)
    return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


@dataclass
class Measured:
    """Measurements of one setup.

    Attributes:
        setup: which.
        loads: what each measured.
        verify_us: CPU time of one verification, before and after.
        sign_us: CPU time of one signature.
        start_seconds: from the start of the process until it was ready, and its first answer right.
        memory_mb: when it was ready, and the most of all.
    """

    setup: Setup
    loads: list[Load]
    verify_us: float
    sign_us: float
    start_seconds: tuple[float, float]
    memory_mb: tuple[float, float]

    def limit(self, load: Load) -> float | None:
        """Return how many requests a second the cryptography allows; None if that is not said."""
        fresh, repeat = 2 * self.verify_us + self.sign_us, self.verify_us
        mixed = (fresh + ASKED_AGAIN * repeat) / (1 + ASKED_AGAIN)
        costs_us = {"fresh": fresh, "repeat": repeat, "mixed": mixed}.get(load.name)
        return None if costs_us is None else 1e6 / costs_us


class Connection(asyncio.Protocol):
    """A persistent connection that sends prepared requests and resumes at the end of the answer.

    Args:
        in_pieces: send the body after the head, as Synapse does; a millisecond later, so that the
            server reads them apart however busy it is.
    """

    def __init__(self, *, in_pieces: bool = False) -> None:
        self._buffer = b""
        self._answered: asyncio.Future[int] | None = None
        self._in_pieces = in_pieces

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def ask(self, request: bytes) -> "asyncio.Future[int]":
        loop = asyncio.get_running_loop()
        self._answered = loop.create_future()
        if self._in_pieces:
            head_size = request.index(b"\r\n\r\n") + 4
            self._transport.write(request[:head_size])
            loop.call_later(PAUSE_SECONDS, self._transport.write, request[head_size:])
        else:
            self._transport.write(request)
        return self._answered

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, separator, body = self._buffer.partition(b"\r\n\r\n")
        if not separator:
            return
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        if len(body) >= length and self._answered is not None:
            self._buffer = b""
            self._answered.set_result(int(head[9:12]))

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answered is not None and not self._answered.done():
            self._answered.set_result(0)


async def connect(server: Server, count: int) -> list[Connection]:
    """Return so many connections to a server."""
    loop = asyncio.get_running_loop()
    named = {} if server.trust is None else {"ssl": server.trust, "server_hostname": NAME}
    factory = partial(Connection, in_pieces=server.setup.in_pieces)
    made = [
        await loop.create_connection(factory, "127.0.0.1", server.port, **named)
        for _ in range(count)
    ]
    return [protocol for _, protocol in made]


async def as_fast_as_possible(
    name: str,
    server: Server,
    requests: Sequence[bytes],
    connections: int,
    *,
    max_seconds: float = float("inf"),
    stays_awake: bool = True,
) -> Load:
    """Ask over so many connections, each again once it has its answer.

    Args:
        name: of the load.
        server: what is asked.
        requests: in their order.
        connections: how many.
        max_seconds: after which no more is asked.
        stays_awake: whether the generator takes a processor of its own for the time. Where the
            server needs all processors, it must not.
    """
    load = Load(name)
    todo = iter(requests)
    end = time.perf_counter() + max_seconds

    async def work(connection: Connection) -> None:
        for request in todo:
            if time.perf_counter() > end:
                return
            started = time.perf_counter()
            status = await connection.ask(request)
            _note(load, status, time.perf_counter() - started)

    opened = await connect(server, connections)
    working = [work(connection) for connection in opened]
    await _timed(load, server, working, stays_awake=stays_awake)
    return load


async def at_a_rate(
    name: str,
    server: Server,
    requests: Sequence[bytes],
    connections: int,
    per_second: float,
    *,
    stays_awake: bool = True,
) -> Load:
    """Ask at a steady rate whatever the answers do: a slow answer delays nobody's question."""
    load = Load(name)
    idle = asyncio.Queue[Connection]()
    for connection in await connect(server, connections):
        idle.put_nowait(connection)

    async def one(request: bytes, due: float) -> None:
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        connection = await idle.get()
        load.lateness.append(max(0.0, time.perf_counter() - due))
        status = await connection.ask(request)
        idle.put_nowait(connection)
        _note(load, status, time.perf_counter() - due)

    start = time.perf_counter() + 0.1
    work = [one(request, start + n / per_second) for n, request in enumerate(requests)]
    await _timed(load, server, work, stays_awake=stays_awake)
    return load


async def _timed(load: Load, server: Server, work: list, *, stays_awake: bool = True) -> None:
    # A generator that sleeps would have to be woken by the server's every answer, at its cost.
    awake = asyncio.create_task(_stay_awake()) if stays_awake else None
    # Whatever was prepared is not looked at while something is measured.
    gc.collect()
    gc.freeze()
    cpu, started = server.cpu_seconds(), time.perf_counter()
    await asyncio.gather(*work)
    if awake is not None:
        awake.cancel()
    load.seconds = time.perf_counter() - started
    load.cpu_seconds = server.cpu_seconds() - cpu


async def _stay_awake() -> None:
    while True:  # noqa: ASYNC110 - it waits for nothing
        await asyncio.sleep(0)


def _note(load: Load, status: int, seconds: float) -> None:
    load.requests += 1
    load.latencies.append(seconds)
    if status != http.client.OK:
        load.failures[status] = load.failures.get(status, 0) + 1


def prepare(
    peers: list[Peer], count: int, first: int, setup: Setup = USUAL
) -> tuple[list[bytes], list[bytes]]:
    """Return requests for fresh events, and for the same events by other servers."""
    asked = requests_for(setup, peers, count, first, again=1)
    return [fresh for fresh, _ in asked], [repeat for _, repeat in asked]


def mixed(peers: list[Peer], count: int, first: int, setup: Setup) -> list[bytes]:
    """Return requests for events, each of which others ask about a little later."""
    requests: list[bytes] = []
    asked = requests_for(setup, peers, count, first, again=ASKED_AGAIN)
    for number in range(count + MIXED_AFTER):
        requests += asked[number][:1] if number < count else []
        requests += asked[number - MIXED_AFTER][1:] if number >= MIXED_AFTER else []
    return requests


async def first_answer(server: Server, peers: list[Peer]) -> float:
    """Return how many seconds the first answer took; anything but a signature is an error."""
    requests, _ = prepare(peers, 1, 0, server.setup)
    load = await as_fast_as_possible("first", server, requests, 1)
    if load.failures:
        sys.exit(f"the first answer was no signature: {load.failures}")
    return load.seconds


async def measure(
    server: Server, peers: list[Peer], events: int, connections: int, *, is_short: bool
) -> list[Load]:
    """Return how fresh events and repeats fare, and unless it is short the other loads.

    The events of each load are made right before it: a homeserver asks at once, and for events that
    are some seconds old the server does more.
    """
    setup = server.setup
    warm_up, _ = prepare(peers, 500, 1_000, setup)
    await as_fast_as_possible("warm-up", server, warm_up, connections)
    fresh, repeats = prepare(peers, events, 1_000_000, setup)
    first = await as_fast_as_possible("fresh", server, fresh, connections)
    second = await as_fast_as_possible("repeat", server, repeats, connections)
    if is_short:
        return [first, second]
    both = mixed(peers, events // 2, 2_000_000, setup)
    third = await as_fast_as_possible("mixed", server, both, connections)
    halves = []
    for number, (name, stays_awake) in enumerate((("half rate", True), ("half, idle", False)), 8):
        steady, _ = prepare(peers, events, number * 1_000_000, setup)
        rate = first.per_second / 2
        halves.append(
            await at_a_rate(name, server, steady, 4 * connections, rate, stays_awake=stays_awake)
        )
    return [first, second, third, *halves]


async def measure_connections(server: Server, peers: list[Peer], seconds: float) -> list[Load]:
    """Return how fresh events fare over each number of connections."""
    loads = []
    count = int(seconds * MAX_FRESH_PER_SECOND)
    for number, connections in enumerate(CONNECTION_COUNTS, 4):
        fresh, _ = prepare(peers, count, number * 1_000_000, server.setup)
        name = f"{connections} conn."
        loads.append(
            await as_fast_as_possible(name, server, fresh, connections, max_seconds=seconds)
        )
    return loads


def measure_setup(setup: Setup, peers: list[Peer], chosen: argparse.Namespace) -> Measured:
    """Start a server and measure it."""
    before = crypto_microseconds(peers[0])
    loads: list[Load] = []
    with running(setup, peers) as server:
        ready_mb, _ = server.memory_mb()
        answered = uvloop.run(first_answer(server, peers))
        if not chosen.only_connections:
            loads += uvloop.run(
                measure(
                    server,
                    peers,
                    chosen.events,
                    chosen.connections,
                    is_short=setup.name != USUAL.name,
                )
            )
        if setup.name == USUAL.name:
            loads += uvloop.run(measure_connections(server, peers, chosen.connection_seconds))
        _, most_mb = server.memory_mb()
        start_seconds = server.start_seconds
    after = crypto_microseconds(peers[0])
    verify_us, sign_us = ((a + b) / 2 for a, b in zip(before, after, strict=True))
    return Measured(
        setup,
        loads,
        verify_us,
        sign_us,
        (start_seconds, start_seconds + answered),
        (ready_mb, most_mb),
    )


def rows_of(measured: Measured) -> list[dict[str, object]]:
    """Return a row for each load."""
    rows: list[dict[str, object]] = []
    for load in measured.loads:
        limit = measured.limit(load)
        rows.append(
            {
                "load": load.name,
                "per_second": round(load.per_second),
                "p50_ms": round(load.quantile_ms(0.50), 2),
                "p99_ms": round(load.quantile_ms(0.99), 2),
                "late_ms": round(quantile_ms(load.lateness, 0.99), 2) if load.lateness else None,
                "cpu_us": round(load.cpu_us),
                "verifications": round(load.cpu_us / measured.verify_us, 1),
                "limit_per_second": None if limit is None else round(limit),
                "ratio": None if limit is None else round(load.per_second / limit, 3),
                "failures": load.failures,
            }
        )
    return rows


def show(measured: Measured) -> None:
    """Print what was measured of one setup."""
    ready, answered = measured.start_seconds
    print(
        f"\n{measured.setup.name}: one verification {measured.verify_us:.1f} us of CPU, one "
        f"signature {measured.sign_us:.1f} us; ready after {ready:.1f} s, first answer after "
        f"{answered:.1f} s; memory {measured.memory_mb[0]:.0f} MB when ready, "
        f"{measured.memory_mb[1]:.0f} MB at most"
    )
    print(
        f"{'load':10}{'req/s':>8}{'limit':>8}{'ratio':>8}{'p50 ms':>9}{'p99 ms':>9}{'late ms':>9}"
        f"{'CPU us':>8}{'verif.':>8}"
    )
    for row in rows_of(measured):
        limit, ratio = row["limit_per_second"] or "", row["ratio"] or ""
        late = "" if row["late_ms"] is None else row["late_ms"]
        print(
            f"{row['load']:10}{row['per_second']:>8}{limit:>8}{ratio:>8}{row['p50_ms']:>9}"
            f"{row['p99_ms']:>9}{late:>9}{row['cpu_us']:>8}{row['verifications']:>8}",
            flush=True,
        )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--events", type=int, default=3_000)
    options.add_argument("--connections", type=int, default=32)
    options.add_argument("--connection-seconds", type=float, default=2.0)
    options.add_argument("--only-connections", action="store_true")
    by_name = {setup.name: setup for setup in (*SETUPS, *LARGE)}
    options.add_argument("--setup", action="append", choices=by_name, help="measure this one")
    options.add_argument("--all", action="store_true", help="measure all but the large ones")
    options.add_argument("--database", default="", help="the setting, for an empty PostgreSQL")
    options.add_argument("--json", action="store_true")
    chosen = options.parse_args()
    usual = [setup.name for setup in SETUPS]
    names = usual if chosen.all else chosen.setup or [USUAL.name]
    peers = make_peers()
    found = []
    for name in names:
        found.append(measure_setup(replace(by_name[name], database=chosen.database), peers, chosen))
        if not chosen.json:
            show(found[-1])
    if chosen.json:
        print(json.dumps([_as_json(measured) for measured in found]))
    else:
        print(
            f"\ngoals: ratio fresh >= {GOALS['fresh']}, repeat >= {GOALS['repeat']}; p99 at half "
            f"rate < {GOALS['p99_ms']} ms; memory < {GOALS['memory_mb']:.0f} MB"
        )
    failures = [load.failures for measured in found for load in measured.loads if load.failures]
    if failures:
        sys.exit(f"answers other than 200: {failures}")


def _as_json(measured: Measured) -> dict[str, object]:
    return {
        "setup": measured.setup.name,
        "loads": rows_of(measured),
        "verify_us": round(measured.verify_us, 1),
        "sign_us": round(measured.sign_us, 1),
        "ready_seconds": round(measured.start_seconds[0], 2),
        "first_answer_seconds": round(measured.start_seconds[1], 2),
        "memory_mb": round(measured.memory_mb[1], 1),
        "goals": GOALS,
    }


if __name__ == "__main__":
    main()
