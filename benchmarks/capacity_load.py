"""Simulated traffic of many homeservers, and a whole system that serves it.

The system is a real `countersign serve` over a PostgreSQL that waits for its disk and a Valkey
server. The traffic is what homeservers send: questions about events by the sender's server and by
others, events by `/send` with our signature on them, joins that nobody asked about before.
"""

import asyncio
import json
import os
import random  # noqa: TID251 - a benchmark draws its own words
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.bench_server import NAME, Server, Setup, member, request_by, room_name  # noqa: E402
from tests.postgres_server import PostgresServer  # noqa: E402
from tests.valkey_servers import ServerProcess, running_server  # noqa: E402

from countersign.protocol.canonical_json import encode_canonical  # noqa: E402
from countersign.testing.peers import Peer  # noqa: E402

PATIENCE_SECONDS = 5.0
"""Timeout of some homeservers."""
FINAL = (200, 400)
_letters = random.Random(1)
WORDS = ["".join(_letters.choices("etaoinshrdlu", k=_letters.randint(2, 9))) for _ in range(2_000)]
WORDS_IN_A_MESSAGE = 40
TICKS = os.sysconf("SC_CLK_TCK")

Event = dict[str, Any]


@dataclass
class System:
    """One Countersign with its database and its counters."""

    server: Server
    postgres: PostgresServer
    database: str
    valkey: ServerProcess

    def database_cpu_seconds(self) -> float:
        return postgres_cpu_seconds(self.postgres)

    def counters_cpu_seconds(self) -> float:
        with self.valkey.client() as client:
            told = client.info("cpu")
        return float(told["used_cpu_user"]) + float(told["used_cpu_sys"])

    def counters_bytes(self) -> int:
        with self.valkey.client() as client:
            return int(client.info("memory")["used_memory"])

    def database_bytes(self) -> int:
        return int(self.postgres.sql(f"SELECT pg_database_size('{self.database}')"))

    def log_bytes(self) -> int:
        return int(self.postgres.sql("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn"))

    def rows(self) -> int:
        """Return how many rows were inserted so far; PostgreSQL tells within some seconds."""
        time.sleep(2)
        query = "SELECT sum(n_tup_ins)::bigint FROM pg_stat_user_tables"
        return int(self.postgres.sql(query, self.database))


def postgres_cpu_seconds(postgres: PostgresServer) -> float:
    """Return the processor time of a PostgreSQL server, of all its processes so far."""
    master = postgres.process.pid
    alive = [
        child
        for file in Path(f"/proc/{master}/task").glob("*/children")
        for child in file.read_text().split()
    ]
    fields = _stat(master)
    ended = int(fields[13]) + int(fields[14])
    running = [_stat(pid) for pid in (master, *alive)]
    return (ended + sum(int(each[11]) + int(each[12]) for each in running)) / TICKS


def _stat(pid: int | str) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


@contextmanager
def system(setup: Setup, peers: list[Peer]) -> Iterator[System]:
    """Run a whole system for as long as the block lasts."""
    with ExitStack() as ending:
        folder = Path(ending.enter_context(TemporaryDirectory()))
        postgres = PostgresServer(durable=True)
        ending.callback(postgres.close)
        (folder / "valkey").mkdir()
        valkey = ending.enter_context(running_server(folder / "valkey"))
        database = postgres.new_database()
        whole = replace(setup, database=postgres.url(database), shared_counters=valkey.url)
        server = Server(folder / "home", peers, whole)
        ending.callback(server.stop)
        yield System(server, postgres, database, valkey)


@dataclass
class LoadResults:
    """Answers to a load.

    Attributes:
        answers: status and sense of the first final answer on each event, by what is asked about.
        contradicted: answers that differ from the first one on their event.
        statuses: of all answers.
        troubles: answers of 5xx, and connections that were cut; both were asked again.
        late: questions that had no answer in time.
        seconds: how long each answer took, with what was asked again.
    """

    answers: dict[str, tuple[int, str]] = field(default_factory=dict)
    contradicted: list[str] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    troubles: int = 0
    late: int = 0
    seconds: list[float] = field(default_factory=list)

    def note(self, name: str, status: int, body: bytes) -> None:
        """Compare an answer with the first one on the event."""
        self.statuses[status] += 1
        if status not in FINAL or not name:
            return
        said = json.loads(body)
        sense = (status, json.dumps(said) if status == 200 else str(said.get("errcode")))
        first = self.answers.setdefault(name, sense)
        if first != sense:
            self.contradicted.append(f"{name}: {first} and {sense}")


@dataclass(frozen=True)
class Question:
    """A request, and the name of the event that it is about; an empty one is not compared."""

    request: bytes
    event: str = ""


async def ask_all(
    port: int,
    questions: Sequence[Question],
    connections: int,
    told: LoadResults,
    patience_seconds: float = PATIENCE_SECONDS,
) -> None:
    """Ask over so many connections, as fast as answers come, again what had no answer.

    Args:
        port: of the server.
        questions: in their order.
        connections: how many.
        told: gets the answers.
        patience_seconds: after which a question is given up.
    """
    todo = iter(questions)

    async def work() -> None:
        link = _Link(port, patience_seconds)
        for question in todo:
            await link.ask(question, told)
        link.close()

    await asyncio.gather(*(work() for _ in range(min(connections, max(1, len(questions))))))


class _Link:
    """One kept-alive connection, opened again when it is cut."""

    def __init__(self, port: int, patience_seconds: float) -> None:
        self._port = port
        self._patience_seconds = patience_seconds
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, question: Question, told: LoadResults) -> None:
        began = time.perf_counter()
        while (left := began + self._patience_seconds - time.perf_counter()) > 0:
            try:
                status, body = await asyncio.wait_for(self._exchange(question.request), left)
            except (TimeoutError, OSError, EOFError, asyncio.IncompleteReadError):
                self.close()
                told.troubles += 1
                await asyncio.sleep(0.05)
                continue
            if status >= 500:
                told.troubles += 1
                await asyncio.sleep(0.1)
                continue
            told.seconds.append(time.perf_counter() - began)
            told.note(question.event, status, body)
            return
        told.late += 1

    async def _exchange(self, request: bytes) -> tuple[int, bytes]:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        return int(head[9:12]), await reader.readexactly(length)

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


def message(peers: list[Peer], number: int, *, people: int) -> Event:
    """Return a message that somebody in a room sends.

    Args:
        peers: the homeservers.
        number: tells messages apart, and who sends.
        people: how many people are in the room.
    """
    peer, sender = member(peers, number % people)
    words = random.Random(number).choices(WORDS, k=WORDS_IN_A_MESSAGE)
    return peer.event(
        content={"msgtype": "m.text", "body": f"{number} {' '.join(words)}"},
        sender=sender,
        room_id=room_name(0),
        depth=number + 10,
    )


def join(peers: list[Peer], number: int) -> Event:
    """Return the join of somebody new to the first room, that nobody asked about."""
    peer = peers[number % len(peers)]
    sender = peer.user(f"new{number}")
    return peer.event(
        "m.room.member",
        {"membership": "join"},
        sender=sender,
        state_key=sender,
        room_id=room_name(0),
        depth=number + 10,
    )


def raid_message(peer: Peer, sender: str, number: int) -> Event:
    """Return what each newcomer of a raid says; `number` tells the events apart."""
    text = "Free coins for everybody here today, take yours at https://free-coins.example now"
    return peer.event(
        content={"msgtype": "m.text", "body": text},
        sender=sender,
        room_id=room_name(0),
        depth=3_000_000 + number,
    )


def question(requester: Peer, event: Event) -> Question:
    """Return a homeserver's question about an event."""
    return Question(request_by(requester, event), str(event["hashes"]["sha256"]))


def owner(peers: list[Peer], event: Event) -> Peer:
    """Return the homeserver of an event's sender."""
    return next(each for each in peers if str(event["sender"]).endswith(f":{each.server_name}"))


def others(peers: list[Peer], event: Event, count: int) -> list[Peer]:
    """Return so many homeservers but the sender's."""
    return [each for each in peers if each is not owner(peers, event)][:count]


def is_signed(event: Event, told: LoadResults) -> bool:
    """Return whether the answer on an event was our signature."""
    return told.answers.get(str(event["hashes"]["sha256"]), (0, ""))[0] == 200


def signed(event: Event, told: LoadResults) -> Event:
    """Return an event with our signature, as it was answered."""
    _, answer = told.answers[str(event["hashes"]["sha256"])]
    return {**event, "signatures": {**event["signatures"], **json.loads(answer)}}


def transaction(peer: Peer, number: int, events: list[Event]) -> Question:
    """Return a homeserver's `/send` with some events of its users."""
    uri = f"/_matrix/federation/v1/send/t{number}"
    content = {"origin": peer.server_name, "origin_server_ts": 1, "pdus": events}
    body = encode_canonical(content)
    head = (
        f"PUT {uri} HTTP/1.1\r\nHost: {NAME}\r\n"
        f"Authorization: {peer.sign_request('PUT', uri, NAME, content)}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return Question(head.encode() + body)
