"""`make fuzz`: hostile requests over HTTP, then hostile inputs to parsers in this process.

In between, every endpoint of the admin API is asked what it takes and what it does not.

Among the former are valid events that the policy has nothing against: none may be refused.

python -m campaigns.fuzz [--requests 100000] [--neutral 50000] [--inputs 2000000] [--seed 1]
python -m campaigns.fuzz --requests 0 --neutral 0 --admin 0      the inputs alone
python -m campaigns.fuzz --scenario 4711 --seed 1      one scenario again, step by step
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from campaigns.admin_fuzz import AdminFuzzer, cover
from campaigns.corpus import replay
from campaigns.http_fuzz import FAILURES, STEPS, Fuzzer, Results, World, prepare
from campaigns.in_process import run as run_in_process
from campaigns.judge import Verdict
from campaigns.server import PROGRAM, Server, stop_cleanly_when_told
from campaigns.tables import table
from campaigns.two_communities import TwoCommunities

DEFAULT_REQUESTS = 100_000
DEFAULT_NEUTRAL = 50_000
DEFAULT_ADMIN = 200
DEFAULT_INPUTS = 2_000_000


def fuzz_http(
    folder: Path,
    *,
    requests: int,
    seed: int,
    failures: Path,
    neutral: int = 0,
    scenario: int | None = None,
    program: Sequence[str] = PROGRAM,
) -> tuple[Results, list[str]]:
    """Ask about that many things; return what was seen, and what else went wrong."""
    world = World()
    server = Server(folder, program=program)
    prepare(server, world)
    server.start()
    try:
        fuzzer = Fuzzer(server, world, seed, failures)
        numbers = range(1, 1 + max(1, requests // STEPS)) if scenario is None else [scenario]
        troubles = asyncio.run(replay(fuzzer, server.port))
        results = asyncio.run(fuzzer.run(numbers))
        if scenario is None:
            asyncio.run(fuzzer.run_neutral(neutral))
        if server.is_running:
            results.peak_memory_mb = server.peak_memory_mb()
        else:
            troubles.append("the server died")
        for line in server.log.splitlines():
            if "Traceback" in line or "a request failed" in line:
                troubles.append(f"log: {line}")
    finally:
        server.stop()
    return results, troubles


def fuzz_admin_api(folder: Path, *, examples: int, seed: int) -> list[str]:
    """Ask each endpoint so many things in both modes, and at its bounds; return what was wrong."""
    folder.mkdir()
    world = TwoCommunities(folder / "server")
    world.start()
    try:
        results = AdminFuzzer(world, seed).run(examples)
        at_bounds = cover(world, folder)
        print(f"admin API: {results.requests:,} requests, {len(results.served)} endpoints served")
    finally:
        world.server.stop()
    return [*results.failures, *([at_bounds] if at_bounds else [])]


def report(results: Results) -> str:
    header = ["depth", "requests", *(verdict.value for verdict in Verdict), *FAILURES]
    statuses = ", ".join(
        f"{status} {errcode}".strip() + f" {count:,}"
        for (status, errcode), count in sorted(results.statuses.items())
    )
    return (
        f"{table(header, results.rows())}\n\nanswers: {statuses}\n"
        f"slowest answer {results.slowest_seconds * 1000:.0f} ms, "
        f"peak memory {results.peak_memory_mb:.0f} MB"
    )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--requests", type=int, default=DEFAULT_REQUESTS)
    options.add_argument("--neutral", type=int, default=DEFAULT_NEUTRAL)
    options.add_argument("--inputs", type=int, default=DEFAULT_INPUTS)
    options.add_argument("--admin", type=int, default=DEFAULT_ADMIN, help="for each endpoint")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--jobs", type=int, default=2, help="processes for the inputs")
    options.add_argument("--scenario", type=int, help="run this one only")
    options.add_argument("--failures", type=Path, default=Path("fuzz-failures"))
    chosen = options.parse_args()
    stop_cleanly_when_told()
    print(f"seed {chosen.seed}", flush=True)
    results, troubles = Results(), list[str]()
    if chosen.requests or chosen.neutral or chosen.scenario is not None:
        started = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            results, troubles = fuzz_http(
                Path(folder),
                requests=chosen.requests,
                seed=chosen.seed,
                failures=chosen.failures,
                neutral=chosen.neutral,
                scenario=chosen.scenario,
            )
        print(report(results))
        print(f"{time.perf_counter() - started:.0f} s over HTTP\n", flush=True)
    if chosen.admin and chosen.scenario is None:
        with tempfile.TemporaryDirectory() as folder:
            troubles += fuzz_admin_api(
                Path(folder) / "admin", examples=chosen.admin, seed=chosen.seed
            )
    if chosen.scenario is None:
        inputs = run_in_process(chosen.inputs, chosen.seed, chosen.failures, jobs=chosen.jobs)
        print(inputs.report())
        troubles += inputs.troubles
    for path in results.saved:
        print(f"saved {path}")
    if troubles or sum(results.failures.values()):
        sys.exit("\n".join(troubles) or "some answers were wrong")


if __name__ == "__main__":
    main()
