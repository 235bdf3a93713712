"""`make flood`: good traffic beside bad, and how much of the good is still served.

Every phase has the same good traffic, at a steady rate, so its share and its p99 can be held
against those of the calm phase of the same run. All of it happens on loopback addresses.

    python -m campaigns.flood [--seconds 60] [--strangers 20000] [--slow 2000] [--rate 100]
    python -m campaigns.flood --seconds 10 --only stalled,endless
"""

import argparse
import asyncio
import http.client
import itertools
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

import uvloop

from campaigns.flood_sources import POLICY, SETTINGS, DeadKeyServer, Traffic
from campaigns.homeservers import make_event, make_homeservers, make_room, sign, signed_request
from campaigns.nuisance import Nuisance, Task
from campaigns.server import NAME, SPAM, Server, stop_cleanly_when_told
from campaigns.stored_decisions import read_verdicts
from campaigns.tables import table
from campaigns.uploads import UPLOADS, forwarded
from campaigns.wire import Answer, Connection

HOMESERVERS: Final = 40
ROOM_VERSION: Final = "11"
CONNECTIONS: Final = 32
SERVED_GOAL: Final = 0.999
MEMORY_GOAL_MB: Final = 256
P99_GOAL: Final = 3.0
"""Times calm, beside clients that misuse uploads."""
PROXIES: Final = "limits: {trusted_proxies: ['127.0.0.0/8']}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """Sizes of the floods.

    Args:
        seconds: how long each phase lasts.
        rate: good requests a second.
        strangers: requests of never-seen origins in their phase.
        hostile: requests of the hostile member in its phase.
        slow: slow clients.
        large: events of 64 kB in their phase.
        uploads: clients that stall, drip or never end uploads, in each of their phases.
        requesters: servers that ask about one event at once.
        proxied: requests come through a proxy that the settings name, so addresses are known.
        only: parts of the names of the phases that are wanted, with commas; all if empty.
    """

    seconds: float = 60.0
    rate: float = 100.0
    strangers: int = 20_000
    hostile: int = 60_000
    slow: int = 2_000
    large: int = 3_000
    uploads: int = 200
    requesters: int = 500
    proxied: bool = False
    only: str = ""


@dataclass
class Phase:
    """Answers to good traffic during a flood."""

    name: str
    latencies: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    bad_statuses: Counter[int] = field(default_factory=Counter)
    fetches: int = 0
    memory_mb: float = 0.0
    cpu_share: float = 0.0

    @property
    def served(self) -> float:
        return self.statuses[http.client.OK] / max(1, sum(self.statuses.values()))

    def quantile_ms(self, share: float) -> float:
        ordered = sorted(self.latencies) or [0.0]
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


@dataclass
class FloodResults:
    """All phases, and the one event that everybody asked about."""

    phases: list[Phase] = field(default_factory=list)
    requesters: int = 0
    same_answers: int = 0
    event_seconds: float = 0.0
    filter_runs: int = 0
    peak_memory_mb: float = 0.0
    troubles: list[str] = field(default_factory=list)

    def report(self) -> str:
        calm = self.phases[0].quantile_ms(0.99)
        rows: list[list[object]] = [
            [
                phase.name,
                sum(phase.statuses.values()),
                f"{100 * phase.served:.2f} %",
                phase.quantile_ms(0.5),
                phase.quantile_ms(0.99),
                f"{phase.quantile_ms(0.99) / calm:.1f}" if calm else "-",
                f"{100 * phase.cpu_share:.0f} %",
                f"{phase.memory_mb:.0f} MB",
                phase.fetches,
                sum(phase.bad_statuses.values()),
                _counts(phase.bad_statuses),
            ]
            for phase in self.phases
        ]
        header = [
            "beside",
            "good",
            "served",
            "p50 ms",
            "p99 ms",
            "p99/calm",
            "CPU",
            "memory",
            "fetches",
        ]
        header += ["bad", "answers to the bad"]
        return (
            f"{table(header, rows)}\n\none fresh event asked by {self.requesters} servers at once: "
            f"{self.same_answers} identical answers in {self.event_seconds:.2f} s, "
            f"{self.filter_runs} filter run(s)\npeak memory {self.peak_memory_mb:.0f} MB"
        )


class Flood:
    """The phases, one after the other, on one server.

    Args:
        server: running.
        traffic: makes the good requests.
        key_server: the dead one that all strangers' names lead to.
        size: of the floods.
    """

    def __init__(
        self, server: Server, traffic: Traffic, key_server: DeadKeyServer, size: Size
    ) -> None:
        self._server = server
        self._traffic = traffic
        self._key_server = key_server
        self._size = size
        self._numbers = itertools.count()
        self.results = FloodResults()

    async def run(self) -> FloodResults:
        size = self._size
        await self._key_server.start()
        await self._phase("calm")
        for kind, count in (
            ("strangers", size.strangers),
            ("strangers of our network", size.strangers),
            ("hostile member", size.hostile),
            ("64 kB events", size.large),
            ("slow clients", size.slow),
            *((kind, size.uploads) for kind in UPLOADS),
        ):
            if any(part in kind for part in size.only.split(",")):
                await self._phase(kind, count)
        await self._phase("calm again")
        self._key_server.stop()
        self.results.peak_memory_mb = self._server.peak_memory_mb()
        return self.results

    async def _phase(self, name: str, count: int = 0) -> None:
        phase = Phase(name)
        self.results.phases.append(phase)
        fetches = self._key_server.accepted
        requests = [self._good() for _ in range(int(self._size.rate * self._size.seconds))]
        if count:
            task = Task(
                kind=name,
                count=count,
                seconds=self._size.seconds,
                homeservers=HOMESERVERS,
                port=self._server.port,
                key_port=self._key_server.port,
                is_proxied=self._size.proxied,
            )
            with Nuisance(task) as nuisance:
                nuisance.begin()
                await asyncio.sleep(min(2.0, self._size.seconds / 10))
                await self._at_a_rate(phase, requests)
            phase.bad_statuses = nuisance.statuses
        else:
            await self._at_a_rate(phase, requests)
        phase.fetches = self._key_server.accepted - fetches
        phase.memory_mb = self._server.memory_mb()
        if not self._server.is_running:
            self.results.troubles.append(f"the server died beside {name}")

    def _good(self) -> bytes:
        request = self._traffic.good()
        if not self._size.proxied:
            return request
        return forwarded(request, f"203.0.{next(self._numbers) % HOMESERVERS}.1")

    async def _at_a_rate(self, phase: Phase, requests: list[bytes]) -> None:
        """Ask at a steady rate whatever the answers do: a slow answer delays nobody's question."""
        idle: asyncio.Queue[Connection] = asyncio.Queue()
        for _ in range(CONNECTIONS):
            idle.put_nowait(Connection(self._server.port))

        async def one(request: bytes, due: float) -> None:
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            connection = await idle.get()
            answer = await connection.ask(request)
            idle.put_nowait(connection)
            phase.latencies.append(time.perf_counter() - due)
            phase.statuses[answer.status] += 1

        start = time.perf_counter() + 0.1
        rate = self._size.rate
        cpu_seconds = self._server.cpu_seconds()
        await asyncio.gather(
            *(one(request, start + n / rate) for n, request in enumerate(requests))
        )
        # Unlike the times, this says the same beside whatever else the machine does.
        seconds = time.perf_counter() - start
        phase.cpu_share = (self._server.cpu_seconds() - cpu_seconds) / seconds
        while not idle.empty():
            idle.get_nowait().close()


async def ask_at_once(server: Server, requests: list[bytes]) -> tuple[list[Answer], float]:
    """Send all requests in the same moment, each on a connection that is open already."""
    connections = [Connection(server.port) for _ in requests]
    for connection in connections:
        await connection.open()
    started = time.perf_counter()
    answers = await asyncio.gather(
        *(one.ask(request) for one, request in zip(connections, requests, strict=True))
    )
    seconds = time.perf_counter() - started
    for connection in connections:
        connection.close()
    return answers, seconds


def one_event(folder: Path, results: FloodResults, requesters: int) -> None:
    """Have that many servers ask about one event; find out how often it was judged.

    The policy lets a sender send two events a minute. Were the first event counted twice, the
    second would be refused; were it not counted at all, the third would pass.
    """
    homeservers = make_homeservers(requesters, "127.91")
    room = make_room(ROOM_VERSION, homeservers, "one")
    server = Server(folder, policy="filters: [{event-rate: {max_events: 2, per_seconds: 60}}]\n")
    server.fill([room], homeservers)
    server.start()
    try:
        sender = homeservers[0]
        first, second, third = (
            sign(room, sender, make_event(room, sender, number)) for number in range(3)
        )
        requests = [signed_request(NAME, requester, first) for requester in homeservers]
        answers, results.event_seconds = uvloop.run(ask_at_once(server, requests))
        others = [signed_request(NAME, sender, event) for event in (second, third)]
        (second_answer,), _ = uvloop.run(ask_at_once(server, others[:1]))
        (third_answer,), _ = uvloop.run(ask_at_once(server, others[1:]))
        results.requesters = requesters
        bodies = Counter((answer.status, answer.body) for answer in answers)
        [((status, _), results.same_answers)] = bodies.most_common(1)
        rows = len(read_verdicts(server.database))
        is_once = (status, second_answer.status, third_answer.status, rows) == (200, 200, 400, 3)
        results.filter_runs = 1 if is_once else 2
        results.peak_memory_mb = max(results.peak_memory_mb, server.peak_memory_mb())
    finally:
        server.stop()
    if results.same_answers != requesters or not is_once:
        results.troubles.append(
            f"{results.same_answers} of {requesters} were told the same; then "
            f"{second_answer.status} and {third_answer.status}, {rows} decisions"
        )


@contextmanager
def _flooded_server(folder: Path, traffic: Traffic, size: Size) -> Iterator[Server]:
    settings = SETTINGS + (PROXIES if size.proxied else "")
    server = Server(folder, policy=POLICY.format(spam=SPAM), settings=settings)
    server.fill([traffic.room], traffic.homeservers)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def run(folder: Path, size: Size) -> FloodResults:
    """Run all phases."""
    with ExitStack() as stack:
        traffic = Traffic(make_homeservers(HOMESERVERS))
        server = stack.enter_context(_flooded_server(folder / "flood", traffic, size))
        results = uvloop.run(Flood(server, traffic, DeadKeyServer(), size).run())
        if "Traceback" in server.log:
            results.troubles.append(server.log[server.log.index("Traceback") :][:1000])
    one_event(folder / "one", results, size.requesters)
    for phase in results.phases:
        if phase.served < SERVED_GOAL:
            results.troubles.append(f"{phase.name}: only {100 * phase.served:.2f} % were served")
    if results.peak_memory_mb > MEMORY_GOAL_MB:
        results.troubles.append(f"{results.peak_memory_mb:.0f} MB of memory")
    return results


def _counts(statuses: Counter[int]) -> str:
    return ", ".join(f"{status or 'none'}: {n:,}" for status, n in sorted(statuses.items())) or "-"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    defaults = Size()
    for name, default in asdict(defaults).items():
        if default is False:
            options.add_argument(f"--{name}", action="store_true")
        else:
            options.add_argument(f"--{name}", type=type(default), default=default)
    size = Size(**vars(options.parse_args()))
    stop_cleanly_when_told()
    with tempfile.TemporaryDirectory() as folder:
        results = run(Path(folder), size)
    print(results.report())
    calm = max(phase.quantile_ms(0.99) for phase in results.phases if phase.name.startswith("calm"))
    slow = [
        one.name
        for one in results.phases
        if one.name in UPLOADS and one.quantile_ms(0.99) > P99_GOAL * calm
    ]
    if slow:
        print(f"p99 above {P99_GOAL:.0f} times the slower calm phase: {', '.join(slow)}")
    if results.troubles:
        sys.exit("\n".join(results.troubles))


if __name__ == "__main__":
    main()
