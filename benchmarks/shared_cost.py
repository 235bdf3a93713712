"""CPU time of answers of one process, and of workers over PostgreSQL and Valkey, in turn.

Usage: python benchmarks/shared_cost.py [--workers 2] [--rounds 5] [--events 600] [--tls]
       python benchmarks/shared_cost.py --before FOLDER   # beside the version in that folder

Each round asks each server for fresh events, then for repeats by other servers, which half of the
time come to the other worker, and for the same again; the order is turned around with each round.
Times are in µs, medians of the rounds: of the server with all its processes, of PostgreSQL, and of
Valkey. What else the machine does strikes all alike.
"""

import argparse
import os
import statistics
import sys
from collections import defaultdict
from contextlib import ExitStack
from pathlib import Path

import uvloop

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.bench_server import Server, Setup, make_peers, running  # noqa: E402
from benchmarks.capacity_load import System, system  # noqa: E402
from benchmarks.sign_load import as_fast_as_possible, prepare  # noqa: E402

from countersign.testing.peers import Peer  # noqa: E402

LOADS = ("fresh", "repeat", "again")
WARM_UP = 300


class Measured:
    """A server, and the CPU times of its loads.

    Args:
        name: by which it is printed.
        server: the server.
        shared: its database and counters; None for SQLite.
    """

    def __init__(self, name: str, server: Server, shared: System | None) -> None:
        self.name = name
        self._server = server
        self._shared = shared
        self.times: dict[str, list[tuple[float, ...]]] = defaultdict(list)

    def ask(self, peers: list[Peer], events: int, first: int, connections: int) -> None:
        """Ask about new events, and note what each load took."""
        fresh, repeats = prepare(peers, events, first, self._server.setup)
        for load, requests in zip(LOADS, (fresh, repeats, repeats), strict=True):
            before = self._others()
            measured = uvloop.run(
                as_fast_as_possible("", self._server, requests, connections, stays_awake=False)
            )
            if measured.failures:
                sys.exit(f"{self.name}: answers other than 200: {measured.failures}")
            others = zip(self._others(), before, strict=True)
            each = [1e6 * (now - then) / events for now, then in others]
            self.times[load].append((measured.cpu_us, *each))

    def _others(self) -> tuple[float, float]:
        if self._shared is None:
            return 0.0, 0.0
        return self._shared.database_cpu_seconds(), self._shared.counters_cpu_seconds()


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--events", type=int, default=600)
    options.add_argument("--connections", type=int, default=32)
    options.add_argument("--tls", action="store_true")
    options.add_argument("--before", type=Path, help="a folder with another version")
    chosen = options.parse_args()
    peers = make_peers()
    sources = [*([chosen.before] if chosen.before else []), ROOT]
    with ExitStack() as ending:
        measured = []
        for source in sources:
            os.environ["PYTHONPATH"] = str(source / "src")
            version = "before" if source == chosen.before else "now"
            alone = ending.enter_context(running(Setup("alone", tls=chosen.tls), peers))
            measured.append(Measured(f"one process, {version}", alone, None))
            setup = Setup("workers", tls=chosen.tls, workers=chosen.workers)
            shared = ending.enter_context(system(setup, peers))
            name = f"{chosen.workers} workers, {version}"
            measured.append(Measured(name, shared.server, shared))
        for each in measured:
            each.ask(peers, WARM_UP, 0, chosen.connections)
            each.times.clear()
        for number in range(1, chosen.rounds + 1):
            for each in measured if number % 2 else reversed(measured):
                each.ask(peers, chosen.events, number * 1_000_000, chosen.connections)
    show(measured)


def show(measured: list[Measured]) -> None:
    """Print the medians."""
    print(f"{'load':8}{'server':24}{'CPU us':>8}{'PostgreSQL':>12}{'Valkey':>8}  of each round")
    for load in LOADS:
        for each in measured:
            own, database, counters = map(statistics.median, zip(*each.times[load], strict=True))
            rounds = " ".join(f"{times[0]:.0f}" for times in each.times[load])
            print(f"{load:8}{each.name:24}{own:>8.0f}{database:>12.0f}{counters:>8.0f}  {rounds}")


if __name__ == "__main__":
    main()
