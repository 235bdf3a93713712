"""Workers killed under load: no decision may be lost or contradicted, and few answers late.

A server of several workers over a real PostgreSQL and a real Valkey, in a room with a paper
homeserver. Each event is asked about by several clients at once, whose connections are with
different workers, while the policy changes to its opposite every second and a worker is killed
every few seconds, the one that leads among them. At the end every event is asked about again.
"""

import argparse
import http.client
import json
import os
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, Queue
from typing import Any

from countersign.protocol.canonical_json import encode_canonical
from countersign.testing.peers import Peer

SIGN = "/_matrix/policy/v1/sign"
PATIENCE_SECONDS = 5.0
"""Timeout of some homeservers."""

LEAST_KILLS = 2
STRICT = {"filters": [{"keyword": {"words": ["casino"]}, "says": "No adverts."}]}
LENIENT: dict[str, Any] = {"filters": []}
FINAL = (200, 400)
REFUSED = (400, "M_FORBIDDEN")
MOMENTARY = (401, 429)
"""Statuses after which a homeserver asks again; 5xx is asked again here."""
PLENTY = {"per_second": 100_000, "burst": 100_000}


@dataclass(slots=True)
class Tally:
    """Counts of questions by their outcome."""

    asked: int = 0
    answered: int = 0
    late: int = 0
    retried: int = 0
    contradicted: list[str] = field(default_factory=list)
    wrongly_final: list[str] = field(default_factory=list)
    decided_at: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    answers: dict[str, tuple[int, str]] = field(default_factory=dict)
    events: dict[str, dict[str, Any]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, body: str, event: dict[str, Any], status: int, said: str) -> None:
        """Compare an answer with what others were told about the event."""
        with self.lock:
            self.answered += 1
            self.statuses[status] += 1
            if status not in MOMENTARY and (status, said) != REFUSED and status != 200:
                # All events are valid, so whatever else is final is final for trouble of its own.
                self.wrongly_final.append(f"{body}: {status} {said}")
            if status not in FINAL:
                return
            self.decided_at.append(time.perf_counter())
            self.events[body] = event
            first = self.answers.setdefault(body, (status, said))
            if first != (status, said):
                self.contradicted.append(f"{body}: {first} and {(status, said)}")

    @property
    def answered_share(self) -> float:
        """The share of questions that got an answer within the patience of a homeserver."""
        return 1.0 if not self.asked else 1 - self.late / self.asked


class Client:
    """One connection at a time, opened again when it is cut, as a homeserver does.

    Args:
        ports: where to ask; the next one when a connection is cut, as a load balancer has it.
        peer: asks.
        server_name: of the policy server.
    """

    def __init__(self, ports: Sequence[int], peer: Peer, server_name: str) -> None:
        self._ports = ports
        self._turn = 0
        self._peer = peer
        self._server_name = server_name
        self._connection: http.client.HTTPConnection | None = None

    def ask(self, event: dict[str, Any], tally: Tally) -> tuple[int, str] | None:
        """Ask for a signature; return the status and what it says, None if nobody answers."""
        deadline = time.perf_counter() + PATIENCE_SECONDS
        body = encode_canonical(event)
        headers = {
            "Content-Type": "application/json",
            "Authorization": self._peer.sign_request("POST", SIGN, self._server_name, event),
        }
        with tally.lock:
            tally.asked += 1
        while (left := deadline - time.perf_counter()) > 0:
            try:
                if self._connection is None:
                    self._connection = http.client.HTTPConnection("127.0.0.1", self._port)
                self._connection.timeout = left
                self._connection.request("POST", SIGN, body, headers)
                answer = self._connection.getresponse()
                said = answer.read().decode()
            except (OSError, http.client.HTTPException):
                self.close()
                with tally.lock:
                    tally.retried += 1
                time.sleep(0.02)
                continue
            if answer.status >= 500:  # trouble that may pass: homeservers ask again
                time.sleep(0.1)
                continue
            return answer.status, _comparable_part(answer.status, said)
        with tally.lock:
            tally.late += 1
        return None

    def close(self) -> None:
        """Let go of the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
            self._turn += 1

    @property
    def _port(self) -> int:
        return self._ports[self._turn % len(self._ports)]


def _comparable_part(status: int, said: str) -> str:
    """Return what must be the same in every answer on an event."""
    return said if status == 200 else str(json.loads(said).get("errcode"))


@contextmanager
def load(
    ports: Sequence[int],
    peer: Peer,
    room_id: str,
    server_name: str,
    *,
    clients: int,
    requesters: int,
) -> Iterator[Tally]:
    """Have clients ask about new events, each event by several of them, until the block ends.

    Args:
        ports: where to ask; each client begins at another of them.
        peer: asks, and has the senders of the events.
        room_id: where the events are.
        server_name: of the policy server.
        clients: how many ask at once.
        requesters: how many of them ask about each event.
    """
    tally, is_over = Tally(), threading.Event()
    todo: Queue[tuple[str, dict[str, Any]]] = Queue(maxsize=clients * requesters * 2)

    def make() -> None:
        number = 0
        while not is_over.is_set():
            number += 1
            body = f"casino {number}"
            event = peer.event(
                content={"msgtype": "m.text", "body": body}, room_id=room_id, depth=10 + number
            )
            for _ in range(requesters):
                todo.put((body, event))

    def ask(number: int) -> None:
        first = number % len(ports)
        client = Client([*ports[first:], *ports[:first]], peer, server_name)
        while True:
            try:
                body, event = todo.get(timeout=0.2)
            except Empty:
                if is_over.is_set():
                    break
                continue
            answer = client.ask(event, tally)
            if answer is not None:
                tally.note(body, event, *answer)
        client.close()

    maker = threading.Thread(target=make, daemon=True)
    asking = [
        threading.Thread(target=ask, args=(number,), daemon=True) for number in range(clients)
    ]
    for thread in (maker, *asking):
        thread.start()
    try:
        yield tally
    finally:
        is_over.set()
        for thread in (maker, *asking):
            thread.join(30)


def ask_again(ports: Sequence[int], peer: Peer, server_name: str, tally: Tally) -> int:
    """Ask about every event once more; return how many answers were lost or contradicted."""
    client, wrong = Client(ports, peer, server_name), 0
    for body, event in tally.events.items():
        wrong += client.ask(event, tally) != tally.answers[body]
    client.close()
    return wrong


def children_of(pid: int) -> list[int]:
    """Return the processes that a process started."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        found += map(int, (task / "children").read_text().split())
    return sorted(found)


def disturb(
    supervisor: int, *, seconds: float, kill_every: float, change_policy: Callable[[bool], None]
) -> int:
    """Kill a worker every few seconds and change the policy every second; return the kills.

    It takes longer where the machine is so slow that hardly any was killed.
    """
    began = time.perf_counter()
    next_kill, kills, is_strict = began + kill_every / 2, 0, True
    while time.perf_counter() - began < seconds or kills < LEAST_KILLS:
        is_strict = not is_strict
        change_policy(is_strict)
        os.kill(supervisor, signal.SIGHUP)
        if time.perf_counter() >= next_kill:
            next_kill += kill_every
            victims = children_of(supervisor)
            # The first leads and answers operators: it has its turn like the others.
            os.kill(victims[kills % len(victims)], signal.SIGKILL)
            kills += 1
        time.sleep(1)
    return kills


def write_policy(file: Path, *, is_strict: bool) -> None:
    """Have the policy file refuse what the load asks about, or have it pass."""
    new = file.with_suffix(".new")
    new.write_text(json.dumps(STRICT if is_strict else LENIENT))
    new.replace(file)


def main() -> int:
    """Run the campaign; return 0 if everything held."""
    from tests.cli.conftest import Home, run_command, start_server
    from tests.cli.running_server import PEER, ROOM_ID, RunningServer, put_in_room
    from tests.postgres_server import PostgresServer
    from tests.valkey_servers import running_server

    options = parse_options(__doc__, "workers")
    postgres = PostgresServer(durable=options.durable)
    with tempfile.TemporaryDirectory() as folder, running_server(Path(folder)) as valkey:
        name = "policy.example.com"
        home = Home(Path(folder, "home"))
        run_command("init", "--server-name", name, "--dir", home.folder)
        set_up(home, postgres.url(postgres.new_database()), options.workers)
        home.set(shared_counters=valkey.url)
        assert home.run("database", "migrate").status == 0
        put_in_room(home)
        server = RunningServer(home, start_server(home))
        try:
            wait_until_ready(server)
            with load(
                [server.port], PEER, ROOM_ID, name, clients=options.clients, requesters=3
            ) as tally:
                kills = disturb(
                    server.pid,
                    seconds=options.seconds,
                    kill_every=options.kill_every,
                    change_policy=lambda strict: write_policy(home.policy, is_strict=strict),
                )
            wrong = ask_again([server.port], PEER, name, tally)
        finally:
            server.kill()
            postgres.close()
    return conclude(f"{kills} kills", tally, wrong)


def parse_options(description: str | None, processes: str) -> argparse.Namespace:
    """Return the options of a campaign that kills processes.

    Args:
        description: of the campaign.
        processes: the name of the option for their number.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--kill-every", type=float, default=10)
    parser.add_argument(f"--{processes}", type=int, default=3)
    parser.add_argument("--clients", type=int, default=12)
    parser.add_argument("--fsync", dest="durable", action="store_true", help="as in earnest")
    return parser.parse_args()


def conclude(kills: str, tally: Tally, wrong: int) -> int:
    """Print what a campaign found; return 0 if everything held.

    Args:
        kills: a clause on the processes that were killed.
        tally: the answers.
        wrong: the number of answers that were lost or changed at the end.
    """
    print(
        f"{kills}; {tally.asked:,} questions about {len(tally.events):,} events:"
        f" {len(tally.contradicted)} contradicted, {wrong} lost or changed,"
        f" {len(tally.wrongly_final)} final for trouble of our own,"
        f" {tally.answered_share:.3%} answered within {PATIENCE_SECONDS:.0f} s,"
        f" {tally.retried} asked again on a new connection, by status {dict(tally.statuses)}"
    )
    is_wrong = tally.contradicted or tally.wrongly_final or wrong
    return int(bool(is_wrong or tally.answered_share < 0.999))


def wait_until_ready(server: Any) -> None:
    """Wait for the start of several processes, which takes a while on a machine that is busy."""
    for _ in range(3):
        with suppress(AssertionError):
            server.wait_until_ready()
            return
    server.wait_until_ready()


def set_up(home: Any, database: str, workers: int) -> None:
    """Have a server use a database, with several workers and no limits in the way."""
    home.set(
        listen=[{"address": "127.0.0.1", "port": 0}],
        admin={"token_file": "admin.token", "port": 0},
        dashboard=None,
        database=database,
        workers=workers,
        limits=dict.fromkeys(("per_origin", "per_host", "per_domain"), PLENTY)
        | {"unseen_signatures": 100_000},
    )


if __name__ == "__main__":
    sys.exit(main())
