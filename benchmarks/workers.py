"""Comparison of one worker with several over a real PostgreSQL, in turn within one run.

Usage: python benchmarks/workers.py [--events 2000] [--workers 2] [--rounds 3]

The load generator and PostgreSQL share the processors with the server, so that with two processors
two workers cannot be twice as fast as one. With W of processor time per event in the server, D in
PostgreSQL and G in the generator, one worker answers 1 / W a second while D + G is less than W, and
two at most 2 / (W + D + G). That limit is printed. It holds if work costs the same when all
processors are busy. Where they share a core or its caches, it costs more, and several workers reach
less; so it is measured what other work costs alone and on all processors at once, which on a busy
machine is the same. The generator sleeps when it has nothing to do: one that stays awake takes a
third of two processors, and leaves two workers 1.33 times one at most.
"""

import argparse
import multiprocessing
import os
import statistics
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

import uvloop

REQUESTS_MADE = 3_000

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.bench_server import SETUPS, make_peers, requests_for, running  # noqa: E402
from benchmarks.capacity_load import postgres_cpu_seconds  # noqa: E402
from benchmarks.sign_load import as_fast_as_possible  # noqa: E402
from tests.postgres_server import PostgresServer  # noqa: E402

from countersign.testing.peers import Peer  # noqa: E402


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--events", type=int, default=2_000)
    options.add_argument("--connections", type=int, default=32)
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--stays-awake", action="store_true", help="the generator does")
    chosen = options.parse_args()
    peers = make_peers()
    postgres = PostgresServer(durable=True)
    rates: dict[int, list[float]] = {1: [], chosen.workers: []}
    limits: list[float] = []
    slowdowns: list[float] = []
    try:
        for number in range(chosen.rounds):
            slowdowns.append(measure_slowdown())
            for workers, found in rates.items():
                per_second, limit = measure(chosen, peers, postgres, workers, number)
                found.append(per_second)
                if workers == 1:
                    limits.append(limit)
    finally:
        postgres.close()
    ratios = [many / one for one, many in zip(rates[1], rates[chosen.workers], strict=True)]
    print(
        f"{chosen.workers} workers against one: {statistics.median(ratios):.2f} (median);"
        f" the processors allow {statistics.median(limits):.2f}. Work on all processors at once"
        f" takes {statistics.median(slowdowns):.2f} times the CPU time of the same work alone"
    )


def measure(
    chosen: argparse.Namespace,
    peers: list[Peer],
    postgres: PostgresServer,
    workers: int,
    number: int,
) -> tuple[float, float]:
    """Return how many fresh events a second are answered, and what the processors allow.

    The second is what as many workers as processors can answer at most, in rates of one worker.
    """
    database = postgres.url(postgres.new_database())
    setup = replace(SETUPS[0], database=database, workers=workers)
    with running(setup, peers) as server:
        warm = [each for (each,) in requests_for(setup, peers, 200, 10_000_000)]
        uvloop.run(as_fast_as_possible("warm", server, warm, chosen.connections))
        fresh = [each for (each,) in requests_for(setup, peers, chosen.events, number * 1_000_000)]
        theirs, ours = postgres_cpu_seconds(postgres), time.process_time()
        load = uvloop.run(
            as_fast_as_possible(
                "fresh", server, fresh, chosen.connections, stays_awake=chosen.stays_awake
            )
        )
        theirs = 1e6 * (postgres_cpu_seconds(postgres) - theirs) / chosen.events
        ours = 1e6 * (time.process_time() - ours) / chosen.events
    processors = len(os.sched_getaffinity(0))
    limit = processors * load.cpu_us / (load.cpu_us + theirs + ours)
    print(
        f"{workers} worker(s): {load.per_second:7.0f} fresh events/s; CPU of each: server"
        f" {load.cpu_us:5.0f} us, PostgreSQL {theirs:.0f}, generator {ours:.0f};"
        f" p99 {load.quantile_ms(0.99):.1f} ms, failures {load.failures}",
        flush=True,
    )
    return load.per_second, limit


def measure_slowdown() -> float:
    """Return what work costs on all processors at once, in CPU time of the same work alone."""
    processors = len(os.sched_getaffinity(0))
    with ProcessPoolExecutor(processors, multiprocessing.get_context("spawn")) as pool:
        list(pool.map(cpu_of_requests, [0] * processors))  # so that all of them have started
        alone = pool.submit(cpu_of_requests, REQUESTS_MADE).result()
        together = list(pool.map(cpu_of_requests, [REQUESTS_MADE] * processors))
    return statistics.mean(together) / alone


def cpu_of_requests(count: int) -> float:
    """Return the CPU seconds in which so many requests are made and signed."""
    peers = make_peers()
    started = time.process_time()
    requests_for(SETUPS[0], peers, count, 20_000_000)
    return time.process_time() - started


if __name__ == "__main__":
    main()
