"""Rounds of the garbage collector in a server: how often they pause it, and for how long.

CPU time of the thread that the round was in, so that it can be compared on a busy machine: by
generation, while fresh events are asked as fast as possible and at half of that rate.

Usage: python benchmarks/garbage_rounds.py [--events 3000] [--connections 32]
"""

import argparse
import json
import signal
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import uvloop

from bench_server import Server, Setup, make_peers
from countersign.testing.peers import Peer
from instrumented_server import instrumented_server
from sign_load import Load, as_fast_as_possible, at_a_rate, prepare

_SITE = """
import gc
import json
import os
import signal
import time

rounds = []
began = 0.0


def note(phase, about):
    global began
    if phase == "start":
        began = time.thread_time()
    else:
        rounds.append((about["generation"], time.thread_time() - began, about["collected"]))


def tell(*_):
    with open(os.environ["BENCHMARK_TOLD_FILE"], "w") as told:
        json.dump(rounds, told)


if "serve" in open("/proc/self/cmdline").read().split("\\0"):
    gc.callbacks.append(note)
    signal.signal(signal.SIGUSR1, lambda *_: rounds.clear())
    signal.signal(signal.SIGUSR2, tell)
"""
"""Makes the server, a real process, note its rounds."""


async def watch(server: Server, told: Path, load: Coroutine[Any, Any, Load]) -> Load:
    """Print the rounds that came during a load; return what it measured."""
    server.process.send_signal(signal.SIGUSR1)
    time.sleep(0.2)  # noqa: ASYNC251 - nothing else is to happen
    measured = await load
    server.process.send_signal(signal.SIGUSR2)
    time.sleep(1.0)  # noqa: ASYNC251 - as above
    rounds = json.loads(told.read_text())  # noqa: ASYNC240 - nothing else goes on
    print(f"{measured.name}: {measured.requests} events, {measured.cpu_us:.0f} us of CPU for each")
    for generation in range(3):
        found = [(seconds, freed) for each, seconds, freed in rounds if each == generation]
        milliseconds = [1000 * seconds for seconds, _ in found]
        if found:
            print(
                f"  generation {generation}: {len(found)} rounds, {sum(milliseconds):.0f} ms in "
                f"all, the longest {max(milliseconds):.1f} ms, "
                f"{sum(freed for _, freed in found)} objects freed"
            )
    return measured


async def measure(server: Server, peers: list[Peer], chosen: argparse.Namespace, to: Path) -> None:
    """Print the rounds at full speed and at half of it."""
    warm_up, _ = prepare(peers, 300, 0, server.setup)
    fast, _ = prepare(peers, chosen.events, 1_000_000, server.setup)
    steady, _ = prepare(peers, chosen.events, 2_000_000, server.setup)
    await as_fast_as_possible("", server, warm_up, chosen.connections)
    full = as_fast_as_possible("as fast as possible", server, fast, chosen.connections)
    rate = (await watch(server, to, full)).per_second / 2
    await watch(server, to, at_a_rate("half", server, steady, 4 * chosen.connections, rate))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--events", type=int, default=3_000)
    options.add_argument("--connections", type=int, default=32)
    chosen = options.parse_args()
    peers = make_peers()
    with instrumented_server(_SITE, peers, Setup("watched")) as (server, told):
        uvloop.run(measure(server, peers, chosen, told))


if __name__ == "__main__":
    main()
