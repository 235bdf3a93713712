"""Loss under load of Valkey, of PostgreSQL and of the network to them, singly and together.

A server of several workers over a real PostgreSQL and a real Valkey, each behind a relay that can
be cut. Each event is asked about by several clients at once, while the policy changes to its
opposite every second. At the end every event is asked about again.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from campaigns.changing_policies import changing_policy
from campaigns.killed_workers import (
    Tally,
    ask_again,
    load,
    set_up,
    wait_until_ready,
    write_policy,
)
from campaigns.relay import Relay
from campaigns.tables import table

BACK_WITHIN_SECONDS = 5.0
GAVE_UP_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Loss:
    """A part that is lost, for how long, and how it comes back."""

    name: str
    lose: Callable[[], None]
    restore: Callable[[], None]
    seconds: float
    is_of_valkey: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """Answers while a part was lost, and the time after which all was well again.

    Attributes:
        name: of the loss.
        answered: decisions that were told meanwhile.
        back_seconds: from the part's return until new decisions are told again, and every worker
            counts in Valkey.
        is_back: whether that was seen before it was given up.
    """

    name: str
    answered: int
    back_seconds: float
    is_back: bool


class Parts:
    """PostgreSQL and Valkey, each behind a relay."""

    def __init__(self, folder: Path, *, durable: bool) -> None:
        from tests.postgres_server import PostgresServer
        from tests.valkey_servers import ServerProcess

        self.postgres = PostgresServer(durable=durable)
        self.valkey = ServerProcess(folder)
        self.valkey.start()
        self.to_postgres, self.to_valkey = Relay(self.postgres.port), Relay(self.valkey.port)

    def database(self) -> str:
        """Make a database; return its address, through the relay."""
        name = self.postgres.new_database()
        return str(self.postgres.url(name, port=self.to_postgres.port))

    def losses(self, seconds: float) -> list[Loss]:
        """Return every loss, each for so many seconds; PostgreSQL is restarted at once."""

        def cut() -> None:
            self.to_postgres.cut()
            self.to_valkey.cut()

        def restore() -> None:
            self.to_postgres.restore()
            self.to_valkey.restore()

        valkey, postgres = self.to_valkey, self.to_postgres
        return [
            Loss("Valkey killed and started", self.valkey.stop, self.valkey.start, seconds, True),
            Loss("PostgreSQL restarted", self.postgres.stop, self.postgres.start, 0, False),
            Loss("network to Valkey cut", valkey.cut, valkey.restore, seconds, True),
            Loss("network to PostgreSQL cut", postgres.cut, postgres.restore, seconds, False),
            Loss("network to both cut", cut, restore, seconds, True),
        ]

    def close(self) -> None:
        """End both."""
        self.to_postgres.close()
        self.to_valkey.close()
        self.valkey.stop()
        self.postgres.close()


def workers_that_came_back(lines: Sequence[str]) -> int:
    """Return how many workers said in these lines of the log that they use shared counters."""
    came = [line for line in lines if "counting together with other processes" in line]
    return len({json.loads(line).get("worker") for line in came})


def try_each(
    losses: list[Loss], tally: Tally, log: list[str], *, calm_seconds: float, workers: int
) -> list[Outcome]:
    """Lose each part in turn, and wait until all is well again."""
    outcomes = []
    for loss in losses:
        time.sleep(calm_seconds)
        before = len(tally.decided_at)
        loss.lose()
        time.sleep(loss.seconds)
        answered = len(tally.decided_at) - before
        logged = len(log)
        loss.restore()
        restored_at = time.perf_counter()
        enough = len(tally.decided_at) + 30
        is_back = False
        while not is_back and time.perf_counter() - restored_at < GAVE_UP_SECONDS:
            time.sleep(0.05)
            is_together = not loss.is_of_valkey or workers_that_came_back(log[logged:]) == workers
            is_back = len(tally.decided_at) >= enough and is_together
        back_seconds = time.perf_counter() - restored_at
        outcomes.append(Outcome(loss.name, answered, back_seconds, is_back))
        print(outcomes[-1], flush=True)
    return outcomes


def run(folder: Path, options: Any) -> tuple[Tally, list[Outcome], int]:
    """Run the campaign; return what was answered, each loss, and how many answers were lost."""
    from tests.cli.conftest import Home, run_command, start_server
    from tests.cli.running_server import PEER, ROOM_ID, RunningServer, put_in_room

    name = "policy.example.com"
    home = Home(folder / "home")
    run_command("init", "--server-name", name, "--dir", home.folder)
    parts = Parts(folder, durable=options.durable)
    try:
        set_up(home, parts.database(), options.workers)
        home.set(shared_counters=f"valkey://127.0.0.1:{parts.to_valkey.port}/0")
        assert home.run("database", "migrate").status == 0
        put_in_room(home)
        server = RunningServer(home, start_server(home))
        try:
            wait_until_ready(server)

            def change(is_strict: bool) -> None:
                write_policy(home.policy, is_strict=is_strict)
                server.hang_up()

            with (
                load(
                    [server.port], PEER, ROOM_ID, name, clients=options.clients, requesters=3
                ) as tally,
                changing_policy(change),
            ):
                outcomes = try_each(
                    parts.losses(options.seconds),
                    tally,
                    server.err,
                    calm_seconds=options.calm,
                    workers=options.workers,
                )
            return tally, outcomes, ask_again([server.port], PEER, name, tally)
        finally:
            server.kill()
            if options.log:
                Path(options.log).write_text("".join([*server.out, *server.err]))
    finally:
        parts.close()


def main() -> int:
    """Run the campaign; return 0 if everything held."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--calm", type=float, default=10, help="seconds between two losses")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--clients", type=int, default=6)
    parser.add_argument("--log", help="a file for what the server said")
    parser.add_argument("--fsync", dest="durable", action="store_true", help="as in earnest")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        tally, outcomes, wrong = run(Path(folder), options)
    print(
        table(
            ("lost", "decisions meanwhile", "seconds until back"),
            [(each.name, each.answered, each.back_seconds) for each in outcomes],
        )
    )
    print(
        f"{tally.asked:,} questions about {len(tally.events):,} events:"
        f" {len(tally.contradicted)} contradicted, {wrong} lost or changed,"
        f" {len(tally.wrongly_final)} final for trouble of our own,"
        f" by status {dict(tally.statuses)}"
    )
    print(*tally.contradicted[:5], *tally.wrongly_final[:5], sep="\n")
    is_late = any(each.back_seconds > BACK_WITHIN_SECONDS for each in outcomes)
    return int(bool(tally.contradicted or wrong or tally.wrongly_final or is_late))


if __name__ == "__main__":
    sys.exit(main())
