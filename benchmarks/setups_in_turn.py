"""Cost of an answer in each setup relative to the first setup, in turn within one run.

Usage: python benchmarks/setups_in_turn.py [--setup four-filters --setup newcomer-safe]
           [--rounds 5] [--events 300] [--connections 32] [--json FILE]

A real server for each setup, all of them started before anything is measured; a round asks each of
them for fresh events, then for repeats, in an order that is turned around with each round. So what
else the machine does strikes all alike, and ratios of one round can be compared. Costs are the CPU
time of all threads of a server, in verifications that are measured in the same round. The first
setup is also asked over 1, 2, 4, 10 and 50 connections.

With --json the medians are written to a file, which `performance_plot.py` draws.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvloop

from bench_server import (
    LARGE,
    SETUPS,
    Server,
    crypto_microseconds,
    make_peers,
    requests_for,
    running,
)
from countersign.testing.peers import Peer
from sign_load import CONNECTION_COUNTS, Load, as_fast_as_possible

WARM_UP = 300
MOST_FAILED = 0.01


@dataclass
class Costs:
    """Measurements of one load on one setup, one of each a round.

    Attributes:
        verifications: CPU time of an answer, in verifications.
        per_second: answers a second.
        p50_ms: median latency.
        p99_ms: 99th percentile of the latency.
    """

    verifications: list[float] = field(default_factory=list)
    per_second: list[float] = field(default_factory=list)
    p50_ms: list[float] = field(default_factory=list)
    p99_ms: list[float] = field(default_factory=list)

    def note(self, load: Load, verify_us: float) -> None:
        """Add what a round measured; on a machine that is too busy, an answer may come too late."""
        failed = sum(load.failures.values())
        if failed > MOST_FAILED * load.requests:
            sys.exit(f"answers other than 200: {load.failures}")
        self.verifications.append(load.cpu_us / verify_us)
        self.per_second.append(load.per_second)
        self.p50_ms.append(load.quantile_ms(0.5))
        self.p99_ms.append(load.quantile_ms(0.99))

    def summary(self, first: "Costs") -> dict[str, float]:
        """Return the medians, and those of the ratios to the first setup in the same round."""
        found = {
            name: round(statistics.median(getattr(self, name)), 2)
            for name in ("verifications", "per_second", "p50_ms", "p99_ms")
        }
        pairs = zip(self.verifications, first.verifications, strict=True)
        found["cpu_ratio"] = round(statistics.median(own / other for own, other in pairs), 3)
        pairs = zip(self.per_second, first.per_second, strict=True)
        found["rate_ratio"] = round(statistics.median(own / other for own, other in pairs), 3)
        return found


def main() -> None:
    """Measure the setups, print their table, and write it if that is wanted."""
    by_name = {setup.name: setup for setup in (*SETUPS, *LARGE)}
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--setup", action="append", choices=by_name, help="measure this one")
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--events", type=int, default=300)
    options.add_argument("--connections", type=int, default=32)
    options.add_argument("--json", type=Path, help="where the medians are written to")
    chosen = options.parse_args()
    names = chosen.setup or [setup.name for setup in SETUPS]
    peers = make_peers()
    with ExitStack() as ending:
        servers = [ending.enter_context(running(by_name[name], peers)) for name in names]
        measured = measure(servers, peers, chosen)
    if chosen.json is not None:
        command = " ".join([f"python benchmarks/{Path(sys.argv[0]).name}", *sys.argv[1:]])
        told = {"command": command, "date": time.strftime("%d %B %Y", time.gmtime())}
        told["version"] = subprocess.run(
            ["git", "rev-parse", "--short", "HEAD"], check=False, capture_output=True, text=True
        ).stdout.strip()
        chosen.json.write_text(json.dumps(told | measured, indent=1) + "\n")
    show(measured)


def measure(servers: list[Server], peers: list[Peer], chosen: argparse.Namespace) -> dict[str, Any]:
    """Return what all rounds measured."""
    fresh = {server.setup.name: Costs() for server in servers}
    repeats = {server.setup.name: Costs() for server in servers}
    few = {count: Costs() for count in CONNECTION_COUNTS}
    verify_us, sign_us = [], []
    memory = {server.setup.name: [server.memory_mb()[0]] for server in servers}
    for server in servers:
        ask(server, [each for (each,) in requests_for(server.setup, peers, WARM_UP, 1_000)], chosen)
    for number in range(1, chosen.rounds + 1):
        one_verification, one_signature = crypto_microseconds(peers[0])
        verify_us.append(one_verification)
        sign_us.append(one_signature)
        for server in servers if number % 2 else reversed(servers):
            asked = requests_for(server.setup, peers, chosen.events, 1_000_000 * number, again=1)
            name = server.setup.name
            fresh[name].note(ask(server, [each for each, _ in asked], chosen), one_verification)
            repeats[name].note(ask(server, [each for _, each in asked], chosen), one_verification)
        for position, count in enumerate(CONNECTION_COUNTS, 1):
            first = 1_000_000 * number + 100_000 * position
            asked = requests_for(servers[0].setup, peers, chosen.events, first)
            load = ask(servers[0], [each for (each,) in asked], chosen, count)
            few[count].note(load, one_verification)
        print(f"round {number} of {chosen.rounds}", file=sys.stderr, flush=True)
    for server in servers:
        memory[server.setup.name].append(server.memory_mb()[1])
    first_name = servers[0].setup.name
    verification = statistics.median(verify_us)
    return {
        "verify_us": round(verification, 1),
        "sign_us": round(statistics.median(sign_us), 1),
        "limits": {"fresh": round(2 + statistics.median(sign_us) / verification, 2), "repeat": 1.0},
        "setups": {
            name: {
                "fresh": fresh[name].summary(fresh[first_name]),
                "repeat": repeats[name].summary(repeats[first_name]),
                "memory_mb": [round(each) for each in memory[name]],
            }
            for name in fresh
        },
        "connections": {
            str(count): costs.summary(few[CONNECTION_COUNTS[0]]) for count, costs in few.items()
        },
    }


def ask(
    server: Server, requests: list[bytes], chosen: argparse.Namespace, connections: int = 0
) -> Load:
    """Return what one load measured; over the chosen connections if none are named."""
    used = connections or chosen.connections
    return uvloop.run(as_fast_as_possible("", server, requests, used, stays_awake=False))


def show(measured: dict[str, Any]) -> None:
    """Print the medians."""
    print(f"one verification {measured['verify_us']} us of CPU; costs in verifications")
    print(f"{'setup':20}{'fresh':>8}{'of first':>10}{'repeat':>8}{'of first':>10}{'MB':>6}")
    for name, of_setup in measured["setups"].items():
        fresh, repeat = of_setup["fresh"], of_setup["repeat"]
        print(
            f"{name:20}{fresh['verifications']:>8.1f}{fresh['cpu_ratio']:>10.2f}"
            f"{repeat['verifications']:>8.1f}{repeat['cpu_ratio']:>10.2f}"
            f"{of_setup['memory_mb'][1]:>6}"
        )
    print(f"{'connections':20}{'fresh':>8}{'p50 ms':>10}")
    for count, costs in measured["connections"].items():
        print(f"{count:20}{costs['verifications']:>8.1f}{costs['p50_ms']:>10.2f}")


if __name__ == "__main__":
    main()
