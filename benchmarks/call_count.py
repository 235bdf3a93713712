"""Number of function calls for one answer, counted by Python's profiler in the server's event loop.

Milliseconds depend on what else a machine does; this number does not, so two versions can be
compared on a busy one. Calls of built-in functions are counted too. What the writer's thread does
is not. With `--workers` the servers share PostgreSQL and Valkey, and the calls of all workers are
added up.

Usage: python benchmarks/call_count.py [--events 1000] [--connections 1] [--preset newcomer-safe]
       python benchmarks/call_count.py --workers 2
       python benchmarks/call_count.py --top 40     # by file and function too
"""

import argparse
import os
import pstats
import signal
import time
from collections import Counter
from contextlib import nullcontext
from pathlib import Path

import uvloop

from bench_server import Server, Setup, make_peers
from countersign.testing.peers import Peer
from instrumented_server import instrumented_server
from shared_servers import shared_by
from sign_load import as_fast_as_possible, prepare

_SITE = """
import cProfile
import os
import signal

profile = cProfile.Profile()


def start(*_):
    profile.clear()
    profile.enable()


def stop(*_):
    profile.disable()
    profile.dump_stats(f"{os.environ['BENCHMARK_TOLD_FILE']}.{os.getpid()}")


if "serve" in open("/proc/self/cmdline").read().split("\\0"):
    signal.signal(signal.SIGUSR1, start)
    signal.signal(signal.SIGUSR2, stop)
"""
"""Makes the processes of the server listen to two signals."""


async def count(
    server: Server, requests: list[bytes], connections: int, found: Path
) -> pstats.Stats:
    """Return the calls that the requests took together."""
    answering = server.answering()
    for process in answering:
        os.kill(process, signal.SIGUSR1)
    time.sleep(0.5)  # noqa: ASYNC251 - nothing else is to happen
    load = await as_fast_as_possible("", server, requests, connections)
    for process in answering:
        os.kill(process, signal.SIGUSR2)
    if load.failures:
        raise SystemExit(f"answers other than 200: {load.failures}")
    time.sleep(2.0)  # noqa: ASYNC251 - as above
    return pstats.Stats(*(f"{found}.{process}" for process in answering))


def print_top(calls: pstats.Stats, events: int, most: int) -> None:
    """Print the files and functions with the most calls for an event, built-in ones by caller."""
    by_file: Counter[str] = Counter()
    by_function: Counter[str] = Counter()
    for (file, line, name), (_, number, _, _, callers) in vars(calls)["stats"].items():
        if file == "~":
            for (caller, at, function), counted in callers.items():
                by_file[caller] += counted[0]
                by_function[f"{_short(caller)}:{at} {function} -> {name}"] += counted[0]
        else:
            by_file[file] += number
            by_function[f"{_short(file)}:{line} {name}"] += number
    for counted in (by_file, by_function):
        for name, number in counted.most_common(most):
            print(f"{number / events:10.1f} {_short(name)}")
        print()


def _short(file: str) -> str:
    return file.rpartition("/countersign/")[2]


async def measure(server: Server, peers: list[Peer], chosen: argparse.Namespace, to: Path) -> None:
    """Print how many calls a fresh event takes, and the same event by another server."""
    warm_up, _ = prepare(peers, 300, 0, server.setup)
    await as_fast_as_possible("", server, warm_up, chosen.connections)
    # Right before they are asked: of events that are some seconds old the server asks the database.
    fresh, repeats = prepare(peers, chosen.events, 1_000_000, server.setup)
    for name, requests in (("fresh", fresh), ("repeat", repeats)):
        calls = await count(server, requests, chosen.connections, to)
        print(f"{name:8}{vars(calls)['total_calls'] / chosen.events:8.1f} calls")
        print_top(calls, chosen.events, chosen.top)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--events", type=int, default=1_000)
    options.add_argument("--connections", type=int, default=1)
    options.add_argument("--preset", default="", help="the preset in force, not four filters")
    options.add_argument("--tls", action="store_true", help="speak TLS")
    options.add_argument(
        "--in-pieces", action="store_true", help="send the body after the head, as Synapse does"
    )
    options.add_argument(
        "--workers", type=int, default=0, help="processes that share PostgreSQL and Valkey"
    )
    options.add_argument("--top", type=int, default=0, help="how many files and functions to print")
    chosen = options.parse_args()
    peers = make_peers()
    alone = Setup("counted", preset=chosen.preset, tls=chosen.tls, in_pieces=chosen.in_pieces)
    with (
        shared_by(chosen.workers, alone) if chosen.workers else nullcontext(alone) as setup,
        instrumented_server(_SITE, peers, setup) as (server, found),
    ):
        uvloop.run(measure(server, peers, chosen, found))


if __name__ == "__main__":
    main()
