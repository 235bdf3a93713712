"""Comparison of PostgreSQL with SQLite: fresh events, one worker each, in turn within one run.

Usage: python benchmarks/postgresql.py [--events 400] [--connections 32] [--rounds 7]

The load generator and PostgreSQL share the processors with the server. Both databases wait for the
disk at each commit. What other programs do changes every rate; compare the medians of the ratios.
"""

import argparse
import asyncio
import os
import statistics
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.bench_server import SETUPS, Server, make_peers, requests_for, running  # noqa: E402
from benchmarks.sign_load import as_fast_as_possible  # noqa: E402
from tests.postgres_server import PostgresServer  # noqa: E402

from countersign.testing.peers import Peer  # noqa: E402


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--events", type=int, default=400)
    options.add_argument("--connections", type=int, default=32)
    options.add_argument("--rounds", type=int, default=7)
    chosen = options.parse_args()
    with servers(make_peers()) as (postgres, sqlite, database, peers):
        ratios = []
        for number in range(chosen.rounds + 1):
            before = cpu_seconds(database)
            theirs = measure(chosen, peers, postgres, "PostgreSQL", number)
            of_database = 1e6 * (cpu_seconds(database) - before) / chosen.events
            ours = measure(chosen, peers, sqlite, "SQLite", number)
            if number:  # the first warms both up
                ratios.append(theirs / ours)
                print(f"ratio {theirs / ours:.2f}; PostgreSQL itself {of_database:.0f} us an event")
    print(f"PostgreSQL against SQLite: {statistics.median(ratios):.2f} (median of {len(ratios)})")


@contextmanager
def servers(peers: list[Peer]) -> Iterator[tuple[Server, Server, PostgresServer, list[Peer]]]:
    """Run a server on each database."""
    database = PostgresServer(durable=True)
    try:
        on_postgres = replace(SETUPS[0], database=database.url(database.new_database()))
        with running(on_postgres, peers) as postgres, running(SETUPS[0], peers) as sqlite:
            yield postgres, sqlite, database, peers
    finally:
        database.close()


def measure(
    chosen: argparse.Namespace, peers: list[Peer], server: Server, name: str, number: int
) -> float:
    """Return how many fresh events a second a server answers."""
    first = (number + 1) * 1_000_000
    fresh = [each for (each,) in requests_for(server.setup, peers, chosen.events, first)]
    load = asyncio.run(as_fast_as_possible("fresh", server, fresh, chosen.connections))
    print(
        f"{name:10}: {load.per_second:5.0f} fresh events/s, {load.cpu_us:5.0f} us of CPU each, p99"
        f" {load.quantile_ms(0.99):.0f} ms, failures {load.failures}",
        flush=True,
    )
    return load.per_second


def cpu_seconds(database: PostgresServer) -> float:
    """Return the CPU time of the processes of a database server that run now."""
    main_process = database.process.pid
    children = Path(f"/proc/{main_process}/task/{main_process}/children").read_text().split()
    ticks = 0
    for pid in (main_process, *map(int, children)):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
