"""Compare one worker with several, in turn within one run, over a real PostgreSQL.

Usage: python benchmarks/workers.py [--events 2000] [--workers 2] [--rounds 3]

The load generator and PostgreSQL share the processors with the server, so that with two processors
two workers cannot be twice as fast as one. CPU time per event shows what working together costs.
"""

import argparse
import asyncio
import statistics
import sys
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.bench_server import SETUPS, make_peers, requests_for, running  # noqa: E402
from benchmarks.sign_load import as_fast_as_possible  # noqa: E402
from tests.postgres_server import PostgresServer  # noqa: E402

from countersign.testing.peers import Peer  # noqa: E402


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--events", type=int, default=2_000)
    options.add_argument("--connections", type=int, default=32)
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--rounds", type=int, default=3)
    chosen = options.parse_args()
    peers = make_peers()
    postgres = PostgresServer(durable=True)
    rates: dict[int, list[float]] = {1: [], chosen.workers: []}
    try:
        for number in range(chosen.rounds):
            for workers, found in rates.items():
                found.append(measure(chosen, peers, postgres, workers, number))
    finally:
        postgres.close()
    ratios = [many / one for one, many in zip(rates[1], rates[chosen.workers], strict=True)]
    print(f"{chosen.workers} workers against one: {statistics.median(ratios):.2f} (median)")


def measure(
    chosen: argparse.Namespace,
    peers: list[Peer],
    postgres: PostgresServer,
    workers: int,
    number: int,
) -> float:
    """Return how many fresh events a second a server answers."""
    database = postgres.url(postgres.new_database())
    setup = replace(SETUPS[0], database=database, workers=workers)
    with running(setup, peers) as server:
        warm = [each for (each,) in requests_for(setup, peers, 200, 10_000_000)]
        asyncio.run(as_fast_as_possible("warm", server, warm, chosen.connections))
        fresh = [each for (each,) in requests_for(setup, peers, chosen.events, number * 1_000_000)]
        load = asyncio.run(as_fast_as_possible("fresh", server, fresh, chosen.connections))
    print(
        f"{workers} worker(s): {load.per_second:7.0f} fresh events/s, {load.cpu_us:5.0f} us of CPU"
        f" each, p99 {load.quantile_ms(0.99):.1f} ms, failures {load.failures}",
        flush=True,
    )
    return load.per_second


if __name__ == "__main__":
    main()
