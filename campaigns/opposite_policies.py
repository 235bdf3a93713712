"""Two processes with opposite policies, asked about each event at once, must answer alike.

Two servers of one name over a real PostgreSQL and a real Valkey, as on two machines. The filter of
the second finds nothing, so that the first would refuse each event and the second would sign it. At
the end every event is asked about again.
"""

import argparse
import shutil
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from campaigns import sabotage
from campaigns.killed_workers import Client, Tally, set_up, wait_until_ready, write_policy
from countersign.testing.peers import Peer

BARRIER_SECONDS = 60


class Contest:
    """Events that are asked about at two servers at once, and what each said.

    Args:
        ports: of the two.
        peer: sends the events.
        room_id: where to.
        name: of both servers.
    """

    def __init__(self, ports: tuple[int, int], peer: Peer, room_id: str, name: str) -> None:
        self._ports = ports
        self._peer = peer
        self._room_id = room_id
        self._name = name
        self.tally = Tally()
        self.unanswered = 0

    def run(self, events: int, pairs: int) -> None:
        """Have so many pairs of clients ask about events, each about one that nobody else asks."""
        numbers: SimpleQueue[int] = SimpleQueue()
        for number in range(events):
            numbers.put(number)
        working = [
            threading.Thread(target=self._ask_all, args=(numbers,), daemon=True)
            for _ in range(pairs)
        ]
        for thread in working:
            thread.start()
        for thread in working:
            thread.join()

    def _ask_all(self, numbers: SimpleQueue[int]) -> None:
        barrier = threading.Barrier(2)
        todo: list[Any] = [None]
        clients = [Client([port], self._peer, self._name) for port in self._ports]
        second = threading.Thread(
            target=self._follow, args=(clients[1], barrier, todo), daemon=True
        )
        second.start()
        while todo[0] != "end":
            try:
                todo[0] = self._event(numbers.get_nowait())
            except Empty:
                todo[0] = "end"
            barrier.wait(BARRIER_SECONDS)
            if todo[0] != "end":
                self._ask(clients[0], todo[0])
            barrier.wait(BARRIER_SECONDS)
        second.join()
        for client in clients:
            client.close()

    def _follow(self, client: Client, barrier: threading.Barrier, todo: list[Any]) -> None:
        while True:
            barrier.wait(BARRIER_SECONDS)
            asked = todo[0]
            if asked != "end":
                self._ask(client, asked)
            barrier.wait(BARRIER_SECONDS)
            if asked == "end":
                return

    def _event(self, number: int) -> dict[str, Any]:
        content = {"msgtype": "m.text", "body": f"casino {number}"}
        return self._peer.event(content=content, room_id=self._room_id, depth=10 + number)

    def _ask(self, client: Client, event: dict[str, Any]) -> None:
        answer = client.ask(event, self.tally)
        if answer is None:
            with self.tally.lock:
                self.unanswered += 1
        else:
            self.tally.note(event["content"]["body"], event, *answer)

    def ask_again(self) -> int:
        """Ask the first about all; return how many answers differ from what was said before."""
        client, wrong = Client(self._ports[:1], self._peer, self._name), 0
        for body, event in self.tally.events.items():
            wrong += client.ask(event, Tally()) != self.tally.answers[body]
        client.close()
        return wrong

    def verdicts(self) -> Counter[int]:
        """Return how many events were signed and how many refused, by the status of the answer."""
        return Counter(status for status, _ in self.tally.answers.values())


def with_two_servers(folder: Path, contested: Callable[[Contest], None]) -> Contest:
    """Start both servers, and return the contest once `contested` has held it."""
    from tests.cli.conftest import Home, run_command, start_server
    from tests.cli.running_server import PEER, ROOM_ID, RunningServer, put_in_room
    from tests.postgres_server import PostgresServer
    from tests.valkey_servers import running_server

    name = "policy.example.com"
    postgres = PostgresServer()
    one = Home(folder / "one")
    run_command("init", "--server-name", name, "--dir", one.folder)
    servers = []
    with running_server(folder) as valkey:
        try:
            set_up(one, postgres.url(postgres.new_database()), 1)
            one.set(shared_counters=valkey.url)
            write_policy(one.policy, is_strict=True)
            assert one.run("database", "migrate").status == 0
            put_in_room(one)
            shutil.copytree(one.folder, folder / "other")
            for home, command in (
                (one, None),
                (Home(folder / "other"), sabotage.program("nothing-found")),
            ):
                servers.append(RunningServer(home, start_server(home, command)))
                wait_until_ready(servers[-1])
            contest = Contest((servers[0].port, servers[1].port), PEER, ROOM_ID, name)
            contested(contest)
            return contest
        finally:
            for server in servers:
                server.kill()
            postgres.close()


def main() -> int:
    """Run the campaign; return 0 if both servers said the same about every event."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=10_000)
    parser.add_argument("--pairs", type=int, default=8)
    options = parser.parse_args()
    wrong = 0

    def contested(contest: Contest) -> None:
        nonlocal wrong
        contest.run(options.events, options.pairs)
        wrong = contest.ask_again()

    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        contest = with_two_servers(Path(folder), contested)
    tally = contest.tally
    print(
        f"{len(tally.events):,} events asked about at two processes at once in"
        f" {time.perf_counter() - began:.0f} s: {len(tally.contradicted)} with different answers,"
        f" {wrong} changed, {contest.unanswered} unanswered, by status {dict(contest.verdicts())}"
    )
    return int(bool(tally.contradicted or wrong or contest.unanswered))


if __name__ == "__main__":
    sys.exit(main())
