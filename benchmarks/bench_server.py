"""A real server for benchmarks, with protected rooms and the keys of all requesting servers stored.

What it holds is one of `SETUPS`. Everything is made beforehand: keys, members, decisions.
"""

import asyncio
import hashlib
import os
import random  # noqa: TID251 - a benchmark draws its own words
import signal
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import trustme

from countersign.bootstrap.files import find_database
from countersign.bootstrap.stores import open_stores
from countersign.config import Config, read_config
from countersign.ports.stores.rooms import StoredRoom
from countersign.protocol.canonical_json import encode_canonical
from countersign.protocol.keys.server_keys import parse_server_keys
from countersign.protocol.rooms.state_events import StateEvent
from countersign.protocol.unpadded_base64 import encode_url_safe
from countersign.testing.events import make_room_id
from countersign.testing.peers import Peer

# Tests import this module as one of a package, whose folder is not on the path.
sys.path.insert(0, str(Path(__file__).resolve().parent))

import stored_decisions

NAME = "policy.bench.example"
URI = "/_matrix/policy/v1/sign"
ORIGINS = 50
BODY_WORDS = 130
ASKED_AGAIN = 3
START_SECONDS = 600
AT_ONCE = 500
DECIDED_EVERY_MS = 150
"""Ten million decisions are of 17 days: their details are kept for 30."""


@dataclass(frozen=True)
class Setup:
    """Setup of a server that is measured.

    Attributes:
        name: by which it is chosen.
        preset: the preset in force, in place of four filters.
        keywords: how many words the filter `keyword` looks for, of four filters.
        rooms: how many rooms it protects.
        members: how many people are in the first room, on 50 servers.
        members_elsewhere: how many people are in each other room, all of them different ones.
        stored: how many decisions are stored beforehand.
        tls: whether the server speaks TLS itself.
        in_pieces: whether homeservers send the body after the head, as Synapse does; Go's and
            Rust's clients send both at once.
        database: the setting; empty for SQLite. An empty database is needed for each setup.
        workers: processes that answer; more than one need a PostgreSQL database.
        shared_counters: the address of a Valkey server; empty for counters in memory.
    """

    name: str
    preset: str = ""
    keywords: int = 10_000
    rooms: int = 1
    members: int = 2_000
    members_elsewhere: int = 3
    stored: int = 0
    tls: bool = False
    in_pieces: bool = False
    database: str = ""
    workers: int = 1
    shared_counters: str = ""

    def people_in(self, room: int) -> range:
        """Return the numbers of the people in a room."""
        if room == 0:
            return range(self.members)
        first = self.members + room * self.members_elsewhere
        return range(first, first + self.members_elsewhere)

    def policy(self) -> str:
        """Return the policy document."""
        if self.preset:
            return f"preset: {self.preset}\n"
        words = ", ".join(f'"spam word {number}"' for number in range(self.keywords))
        return (
            f"filters:\n  - keyword: {{words: [{words}]}}\n  - mention-flood: {{max_users: 20}}\n"
            "  - event-size: {max_bytes: 32768}\n"
            "  - event-rate: {per: sender, max_events: 1000000, per_seconds: 60}\n"
        )


USUAL = Setup("four-filters")
SETUPS = (
    USUAL,
    Setup("tls", tls=True),
    Setup("in-pieces", in_pieces=True),
    Setup("tls-in-pieces", tls=True, in_pieces=True),
    Setup("newcomer-safe", preset="newcomer-safe"),
    Setup("10-keywords", keywords=10),
    Setup("100000-keywords", keywords=100_000),
    Setup("1000-rooms", rooms=1_000),
    Setup("100000-members", members=100_000),
    Setup("100000-decisions", stored=100_000),
)
LARGE = (
    Setup("large", keywords=100_000, rooms=10_000, members_elsewhere=100),
    Setup("10000000-decisions", stored=10_000_000),
)
"""Setups whose data take minutes to be made: a million people, or ten million decisions."""


def make_peers() -> list[Peer]:
    """Return the servers that ask."""
    return [Peer(f"hs{number}.bench.example") for number in range(ORIGINS)]


class Server:
    """A real `countersign serve`, in its rooms, with the keys of all origins known.

    Attributes:
        port: where it listens.
        trust: of a server that speaks TLS, what trusts it; None without.
        start_seconds: how long it took from the start of the process until it was ready.
    """

    def __init__(self, folder: Path, peers: list[Peer], setup: Setup = USUAL) -> None:
        self.folder = folder
        self.setup = setup
        self.trust: ssl.SSLContext | None = None
        self.command = [sys.executable, "-m", "countersign"]
        subprocess.run(
            [*self.command, "init", "--server-name", NAME, "--dir", str(folder)],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        self.config_file = folder / "countersign.yaml"
        self.config_file.write_text(self._settings())
        (folder / "policy.yaml").write_text(setup.policy())
        asyncio.run(self.fill(peers))
        self.port = 0
        self.start()

    def start(self) -> None:
        """Start it, and wait until it is ready."""
        self._log = (self.folder / "serve.log").open("w")
        started = time.perf_counter()
        self.process = subprocess.Popen(
            [*self.command, "serve", "--config", str(self.config_file)],
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )
        self.port = self._wait_until_ready()
        self.start_seconds = time.perf_counter() - started

    def restart(self) -> None:
        """End it and start it again at the same port."""
        self.stop()
        settings = self.config_file.read_text()
        self.config_file.write_text(settings.replace("port: 0", f"port: {self.port}", 1))
        self.start()

    async def fill(self, peers: list[Peer]) -> None:
        """Store what the server is to hold when it starts."""
        await _fill(read_config(self.config_file), peers, self.setup)

    def _settings(self) -> str:
        settings = self.config_file.read_text().replace("port: 8448", "port: 0")
        if self.setup.tls:
            settings = settings.replace("    # tls:", "    tls:")
            authority = trustme.CA()
            issued = authority.issue_cert(NAME)
            issued.private_key_pem.write_to_path(self.folder / "privkey.pem")
            chain = b"".join(part.bytes() for part in issued.cert_chain_pems)
            (self.folder / "fullchain.pem").write_bytes(chain)
            self.trust = ssl.create_default_context()
            authority.configure_trust(self.trust)
        # Nobody looks at it here, and its port may be another's.
        kept, dashboard, rest = settings.partition("\ndashboard:")
        if dashboard:
            settings = kept + "\n" + rest.partition("\n\n")[2]
        plenty = "{per_second: 1000000, burst: 10000000}"
        limits = f"{{per_origin: {plenty}, per_host: {plenty}, per_domain: {plenty}}}"
        if self.setup.database:
            lines = [line for line in settings.splitlines() if not line.startswith("database:")]
            settings = "\n".join([*lines, f"database: {self.setup.database}"])
        if self.setup.shared_counters:
            settings = f"{settings}\nshared_counters: {self.setup.shared_counters}"
        return f"{settings}\nlimits: {limits}\nworkers: {self.setup.workers}\n"

    def _wait_until_ready(self) -> int:
        deadline = time.perf_counter() + START_SECONDS
        scheme = "https" if self.setup.tls else "http"
        while time.perf_counter() < deadline and self.process.poll() is None:
            log = (self.folder / "serve.log").read_text()
            if "m.room.policy" in log and f"{scheme}://127.0.0.1:" in log:
                return int(log.split(f"{scheme}://127.0.0.1:")[1].split()[0])
            time.sleep(0.02)
        sys.exit(f"the server did not start:\n{(self.folder / 'serve.log').read_text()}")

    def cpu_seconds(self) -> float:
        """Return the CPU time that it took so far, of all its processes' threads."""
        threads = [
            thread
            for pid in (self.process.pid, *self._children())
            for thread in Path(f"/proc/{pid}/task").glob("*/schedstat")
        ]
        return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9

    def answering(self) -> list[int]:
        """Return the processes that answer: the workers, or the only one."""
        return self._children() if self.setup.workers > 1 else [self.process.pid]

    def _children(self) -> list[int]:
        tasks = Path(f"/proc/{self.process.pid}/task")
        return [int(pid) for each in tasks.glob("*/children") for pid in each.read_text().split()]

    def memory_mb(self) -> tuple[float, float]:
        """Return the memory that it holds now, and the most that it held."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        now, most = (int(status.split(f"{name}:")[1].split()[0]) for name in ("VmRSS", "VmHWM"))
        return now / 1024, most / 1024

    def stop(self) -> None:
        """End it, and wait until it has."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)
        self._log.close()


@contextmanager
def running(setup: Setup, peers: list[Peer]) -> Iterator[Server]:
    """Run a server for as long as the block lasts."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder), peers, setup)
        try:
            yield server
        finally:
            server.stop()


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


def room_name(number: int) -> str:
    """Return the ID of a room."""
    return make_room_id("11", "bench" if number == 0 else f"bench{number}")


def member(peers: list[Peer], number: int) -> tuple[Peer, str]:
    """Return a person's server and user ID."""
    peer = peers[number % len(peers)]
    return peer, peer.user(f"user{number // len(peers)}")


async def _fill(config: Config, peers: list[Peer], setup: Setup) -> None:
    now_ts = time.time_ns() // 1_000_000
    async with open_stores(config) as stores:
        for first in range(0, setup.rooms, AT_ONCE):
            numbers = range(first, min(first + AT_ONCE, setup.rooms))
            await asyncio.gather(
                *(
                    stores.rooms.save(_room(number, config, peers, setup, now_ts))
                    for number in numbers
                )
            )
        for peer in peers:
            document = peer.key_document_bytes(now_ts, valid_for_ms=7 * 86_400_000)
            keys = parse_server_keys(document, peer.server_name, now_ts)
            await stores.server_keys.save(keys, document)
    if setup.stored:
        first_ts = now_ts - setup.stored * DECIDED_EVERY_MS
        stored_decisions.fill(
            find_database(config),
            setup.stored,
            first_ts=first_ts,
            every_ms=DECIDED_EVERY_MS,
            found=True,
        )


def _room(number: int, config: Config, peers: list[Peer], setup: Setup, now_ts: int) -> StoredRoom:
    people = [member(peers, each)[1] for each in setup.people_in(number)]
    state = [
        state_event("m.room.create", "", people[0], {"room_version": "11"}, 1),
        state_event("m.room.member", config.user_id, config.user_id, {"membership": "join"}, 2),
    ]
    state += [
        state_event("m.room.member", each, each, {"membership": "join"}, 3 + position)
        for position, each in enumerate(people)
    ]
    return joined_room(room_name(number), state, now_ts)


def joined_room(room_id: str, state: Iterable[StateEvent], now_ts: int) -> StoredRoom:
    """Return a room that our user joined at `now_ts`, in ms since the epoch."""
    return StoredRoom(
        room_id=room_id,
        room_version="11",
        membership="joined",
        via=(),
        joined_ts=now_ts,
        state=tuple(state),
        note="",
    )


def state_event(
    event_type: str, state_key: str, sender: str, content: dict[str, object], depth: int
) -> StateEvent:
    """Return a piece of a room's state, of which we have always known."""
    event_id = f"${encode_url_safe(hashlib.sha256(f'{state_key} {depth}'.encode()).digest())}"
    return StateEvent(event_type, state_key, sender, content, event_id, depth, 0, 1)


def request_by(requester: Peer, event: dict[str, object]) -> bytes:
    """Return the bytes of a signed request for a signature on `event`, with Synapse's headers."""
    body = encode_canonical(event)
    head = (
        f"POST {URI} HTTP/1.1\r\nContent-Length: {len(body)}\r\n"
        "User-Agent: Synapse/1.163.2 (b=main,0123abcd)\r\nContent-Type: application/json\r\n"
        f"Authorization: {requester.sign_request('POST', URI, NAME, event)}\r\n"
        f"Host: {NAME}\r\n\r\n"
    )
    return head.encode() + body


AHEAD_MS = 2_000
"""Time by which events are dated ahead of when they are made, since they are asked about later."""


def requests_for(
    setup: Setup, peers: list[Peer], count: int, first: int, *, again: int = 0
) -> list[list[bytes]]:
    """Return, for each of `count` new events, a request by its own server and `again` by others.

    To the server they are new if they are sent within some seconds: see `NewEvents`.

    Args:
        setup: where they go.
        peers: the servers.
        count: how many events.
        first: a number that no other events have; events with others are others.
        again: how many other servers ask about each.
    """
    made_ts = time.time_ns() // 1_000_000 + AHEAD_MS
    chance = random.Random(first)
    vocabulary = [
        "".join(chance.choices("etaoinshrdlu", k=chance.randint(2, 9))) for _ in range(2000)
    ]
    found = []
    for number in range(first, first + count):
        room = number % setup.rooms
        people = setup.people_in(room)
        peer, sender = member(peers, people[number // setup.rooms % len(people)])
        others = [member(peers, each)[0] for each in people[: len(peers)]]
        text = " ".join(chance.choices(vocabulary, k=BODY_WORDS))
        event = peer.event(
            content={"msgtype": "m.text", "body": f"{number} {text}"},
            sender=sender,
            room_id=room_name(room),
            depth=number + 10,
            origin_server_ts=made_ts,
        )
        requesters = [peer, *[each for each in others if each is not peer][:again]]
        found.append([request_by(requester, event) for requester in requesters])
    return found
