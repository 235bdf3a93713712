"""How fast one server signs, beside the limit that its cryptography sets in the same run.

A real server process on durable SQLite, the four filters with 10,000 keywords, requests that were
signed beforehand by servers whose keys it knows. Three loads: fresh events, each asked once;
repeats, the same events asked by other servers; and fresh events at half of the top rate. Then
fresh events over 1, 2, 4, 10 and 50 connections, each of which asks again once it has its answer:
a handful of callers must not wait for a group of writes to fill.

The limit is what one core could do if a request cost nothing but the cryptography that the protocol
demands of it: for a fresh event two verifications (request, event) and one signature, for a repeat
one verification. We verify our own signature besides; that is our expense and not in the limit.

Usage: python benchmarks/sign_load.py [--events 10000] [--connections 32] [--json]
       python benchmarks/sign_load.py --only-connections [--connection-seconds 2]
"""

import argparse
import asyncio
import http.client
import json
import os
import random  # noqa: TID251 - a benchmark draws its own words
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import uvloop

from countersign.bootstrap.stores import open_stores
from countersign.config import read_config
from countersign.ports.stores.rooms import StoredRoom
from countersign.protocol.canonical_json import encode_canonical
from countersign.protocol.keys.server_keys import parse_server_keys
from countersign.protocol.rooms.room_state import StateEvent
from countersign.testing.events import make_room_id
from countersign.testing.peers import Peer

NAME = "policy.bench.example"
URI = "/_matrix/policy/v1/sign"
ORIGINS = 50
KEYWORDS = 10_000
BODY_WORDS = 130
ROOM = make_room_id("11", "bench")
CONNECTION_COUNTS = (1, 2, 4, 10, 50)
MAX_FRESH_PER_SECOND = 1_500
"""More than a server answers here, so that no load over connections runs out of events."""
GOALS = {"fresh": 0.30, "repeat": 0.35, "p99_ms": 25.0, "memory_mb": 150.0}


@dataclass
class Load:
    """What one load measured."""

    name: str
    requests: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    failures: dict[int, int] = field(default_factory=dict)

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds

    def quantile_ms(self, share: float) -> float:
        ordered = sorted(self.latencies)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    @property
    def cpu_us(self) -> float:
        return 1e6 * self.cpu_seconds / self.requests


class Server:
    """A real `countersign serve`, in a room, with the keys of all origins known."""

    def __init__(self, folder: Path, peers: list[Peer]) -> None:
        self.folder = folder
        self.command = [sys.executable, "-m", "countersign"]
        subprocess.run(
            [*self.command, "init", "--server-name", NAME, "--dir", str(folder)],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        self.config_file = folder / "countersign.yaml"
        settings = self.config_file.read_text().replace("port: 8448", "port: 0")
        plenty = "{per_second: 1000000, burst: 10000000}"
        settings += f"limits: {{per_origin: {plenty}, per_host: {plenty}, per_domain: {plenty}}}\n"
        self.config_file.write_text(settings)
        (folder / "policy.yaml").write_text(_policy())
        asyncio.run(self._fill(peers))
        self._log = (folder / "serve.log").open("w")
        self.process = subprocess.Popen(
            [*self.command, "serve", "--config", str(self.config_file)],
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )
        self.port = self._wait_until_ready()

    async def _fill(self, peers: list[Peer]) -> None:
        config = read_config(self.config_file)
        now_ts = time.time_ns() // 1_000_000
        alice = peers[0].user()
        state = [
            _state("m.room.create", "", alice, {"room_version": "11"}, 1),
            _state("m.room.member", config.user_id, config.user_id, {"membership": "join"}, 2),
        ]
        state += [
            _state("m.room.member", peer.user(), peer.user(), {"membership": "join"}, 3)
            for peer in peers
        ]
        async with open_stores(config) as stores:
            await stores.rooms.save(
                StoredRoom(
                    room_id=ROOM,
                    room_version="11",
                    membership="joined",
                    via=(),
                    joined_ts=now_ts,
                    state=tuple(state),
                    note="",
                )
            )
            for peer in peers:
                document = peer.key_document_bytes(now_ts, valid_for_ms=7 * 86_400_000)
                keys = parse_server_keys(document, peer.server_name, now_ts)
                await stores.server_keys.save(keys, document)

    def _wait_until_ready(self) -> int:
        deadline = time.perf_counter() + 30
        while time.perf_counter() < deadline and self.process.poll() is None:
            log = (self.folder / "serve.log").read_text()
            if "m.room.policy" in log and "http://127.0.0.1:" in log:
                return int(log.split("http://127.0.0.1:")[1].split()[0])
            time.sleep(0.05)
        sys.exit(f"the server did not start:\n{(self.folder / 'serve.log').read_text()}")

    def cpu_seconds(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def peak_memory_mb(self) -> float:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) / 1024

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(15)
        self._log.close()


class Connection(asyncio.Protocol):
    """One kept-alive connection; sends a prepared request, wakes up at the end of the answer."""

    def __init__(self) -> None:
        self._buffer = b""
        self._answered: asyncio.Future[int] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def ask(self, request: bytes) -> "asyncio.Future[int]":
        self._answered = asyncio.get_running_loop().create_future()
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


async def _connect(port: int, count: int) -> list[Connection]:
    loop = asyncio.get_running_loop()
    made = [await loop.create_connection(Connection, "127.0.0.1", port) for _ in range(count)]
    return [protocol for _, protocol in made]


async def as_fast_as_possible(
    name: str,
    server: Server,
    requests: list[bytes],
    connections: int,
    *,
    max_seconds: float = float("inf"),
) -> Load:
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

    opened = await _connect(server.port, connections)
    await _timed(load, server, [work(connection) for connection in opened])
    return load


async def at_a_rate(
    name: str, server: Server, requests: list[bytes], connections: int, per_second: float
) -> Load:
    """Ask at a steady rate whatever the answers do: a slow answer delays nobody's question."""
    load = Load(name)
    idle = asyncio.Queue[Connection]()
    for connection in await _connect(server.port, connections):
        idle.put_nowait(connection)

    async def one(request: bytes, due: float) -> None:
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        connection = await idle.get()
        status = await connection.ask(request)
        idle.put_nowait(connection)
        _note(load, status, time.perf_counter() - due)

    start = time.perf_counter() + 0.1
    await _timed(
        load, server, [one(request, start + n / per_second) for n, request in enumerate(requests)]
    )
    return load


async def _timed(load: Load, server: Server, work: list) -> None:
    # A generator that sleeps would have to be woken by the server's every answer, at its cost.
    awake = asyncio.create_task(_stay_awake())
    cpu, started = server.cpu_seconds(), time.perf_counter()
    await asyncio.gather(*work)
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


def crypto_microseconds(peer: Peer, rounds: int = 3_000) -> tuple[float, float]:
    """Return what one verification and one signature of a 1.5 kB message cost on this core."""
    message = os.urandom(1_500)
    signature = peer.key.sign(message)
    verify = peer.key.verify_key.verify
    costs = []
    for work in (lambda: verify(message, signature), lambda: peer.key.sign(message)):
        samples = []
        for _ in range(5):
            started = time.process_time()
            for _ in range(rounds // 5):
                work()
            samples.append(1e6 * (time.process_time() - started) / (rounds // 5))
        costs.append(statistics.median(samples))
    return costs[0], costs[1]


def _state(
    event_type: str, state_key: str, sender: str, content: dict[str, object], depth: int
) -> StateEvent:
    return StateEvent(event_type, state_key, sender, content, f"${depth}", depth, 0)


def _policy() -> str:
    words = ", ".join(f'"spam word {number}"' for number in range(KEYWORDS))
    return (
        f"filters:\n  - keyword: {{words: [{words}]}}\n  - mention-flood: {{max_users: 20}}\n"
        "  - event-size: {max_bytes: 32768}\n"
        "  - event-rate: {per: sender, max_events: 1000000, per_seconds: 60}\n"
    )


def _request(requester: Peer, event: dict[str, object]) -> bytes:
    body = encode_canonical(event)
    head = (
        f"POST {URI} HTTP/1.1\r\nHost: {NAME}\r\n"
        f"Authorization: {requester.sign_request('POST', URI, NAME, event)}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def prepare(peers: list[Peer], count: int, first: int) -> tuple[list[bytes], list[bytes]]:
    """Return requests for fresh events, and for the same events by other servers."""
    chance = random.Random(first)
    vocabulary = [
        "".join(chance.choices("etaoinshrdlu", k=chance.randint(2, 9))) for _ in range(2000)
    ]
    fresh, repeats = [], []
    for number in range(first, first + count):
        peer, other = peers[number % ORIGINS], peers[(number + 1) % ORIGINS]
        text = " ".join(chance.choices(vocabulary, k=BODY_WORDS))
        event = peer.event(
            content={"msgtype": "m.text", "body": f"{number} {text}"},
            room_id=ROOM,
            depth=number + 10,
        )
        fresh.append(_request(peer, event))
        repeats.append(_request(other, event))
    return fresh, repeats


async def measure(server: Server, peers: list[Peer], events: int, connections: int) -> list[Load]:
    warm_up, _ = prepare(peers, 500, 0)
    fresh, repeats = prepare(peers, events, 1_000_000)
    steady, _ = prepare(peers, events, 2_000_000)
    await as_fast_as_possible("warm-up", server, warm_up, connections)
    first = await as_fast_as_possible("fresh", server, fresh, connections)
    second = await as_fast_as_possible("repeat", server, repeats, connections)
    half = await at_a_rate("half rate", server, steady, 4 * connections, first.per_second / 2)
    return [first, second, half]


async def measure_connections(server: Server, peers: list[Peer], seconds: float) -> list[Load]:
    """Return how fresh events fare over each number of connections."""
    loads = []
    count = int(seconds * MAX_FRESH_PER_SECOND)
    for number, connections in enumerate(CONNECTION_COUNTS, 3):
        fresh, _ = prepare(peers, count, number * 1_000_000)
        name = f"{connections} conn."
        loads.append(
            await as_fast_as_possible(name, server, fresh, connections, max_seconds=seconds)
        )
    return loads


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--events", type=int, default=10_000)
    options.add_argument("--connections", type=int, default=32)
    options.add_argument("--connection-seconds", type=float, default=2.0)
    options.add_argument("--only-connections", action="store_true")
    options.add_argument("--json", action="store_true")
    chosen = options.parse_args()
    peers = [Peer(f"hs{number}.bench.example") for number in range(ORIGINS)]
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder), peers)
        try:
            before = crypto_microseconds(peers[0])
            loads = (
                []
                if chosen.only_connections
                else uvloop.run(measure(server, peers, chosen.events, chosen.connections))
            )
            loads += uvloop.run(measure_connections(server, peers, chosen.connection_seconds))
            after = crypto_microseconds(peers[0])
            memory_mb = server.peak_memory_mb()
        finally:
            server.stop()
    verify_us, sign_us = ((a + b) / 2 for a, b in zip(before, after, strict=True))
    limits = {"fresh": 1e6 / (2 * verify_us + sign_us), "repeat": 1e6 / verify_us}
    report(loads, limits, verify_us, sign_us, memory_mb, as_json=chosen.json)


def report(
    loads: list[Load],
    limits: dict[str, float],
    verify_us: float,
    sign_us: float,
    memory_mb: float,
    *,
    as_json: bool,
) -> None:
    rows = [
        {
            "load": load.name,
            "per_second": round(load.per_second),
            "p50_ms": round(load.quantile_ms(0.50), 2),
            "p99_ms": round(load.quantile_ms(0.99), 2),
            "cpu_us": round(load.cpu_us),
            "limit_per_second": round(limits[load.name]) if load.name in limits else None,
            "ratio": round(load.per_second / limits[load.name], 3) if load.name in limits else None,
            "failures": load.failures,
        }
        for load in loads
    ]
    if as_json:
        crypto = {"verify_us": round(verify_us, 1), "sign_us": round(sign_us, 1)}
        print(
            json.dumps({"loads": rows, **crypto, "memory_mb": round(memory_mb, 1), "goals": GOALS})
        )
        return
    print(f"of CPU here: one verification {verify_us:.1f} us, one signature {sign_us:.1f} us")
    print(f"{'load':10}{'req/s':>8}{'limit':>8}{'ratio':>8}{'p50 ms':>9}{'p99 ms':>9}{'CPU us':>8}")
    for row in rows:
        limit, ratio = row["limit_per_second"] or "", row["ratio"] or ""
        print(
            f"{row['load']:10}{row['per_second']:>8}{limit:>8}{ratio:>8}"
            f"{row['p50_ms']:>9}{row['p99_ms']:>9}{row['cpu_us']:>8}"
        )
    print(f"peak memory {memory_mb:.0f} MB")
    print(
        f"goals: ratio fresh >= {GOALS['fresh']}, repeat >= {GOALS['repeat']}; "
        f"p99 at half rate < {GOALS['p99_ms']} ms; memory < {GOALS['memory_mb']:.0f} MB"
    )
    if any(load.failures for load in loads):
        sys.exit(f"answers other than 200: {[load.failures for load in loads]}")


if __name__ == "__main__":
    main()
