"""Duration of a start over many decisions: until the server listens, and until its first answer.

Usage: python benchmarks/cold_start.py [--decisions 0 1000000 10000000] [--runs 3] [--json FILE]

A database is filled faster than a server could (10,000,000 decisions: some 4 GB), then a server is
started over it. Before each start the kernel is told to forget the database's pages, so that they
come from the disk. Seconds pass from the start of the process until it says that it is ready, and
until a new event is signed; the CPU time is that of the server until then. Afterwards its memory,
and the latency of events one a time for some seconds, since background work begins with the start.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import uvloop

import stored_decisions
from bench_server import USUAL, Server, make_peers, requests_for
from countersign.bootstrap.files import find_database
from countersign.config import read_config
from countersign.testing.peers import Peer
from sign_load import as_fast_as_possible

KEPT_MS = 20 * 86_400_000
"""Within which all were decided; details are kept for longer, so the server removes none."""
BESIDE_SECONDS = 10.0


def main() -> None:
    """Measure each number of decisions, and print a row for each start."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--decisions", type=int, nargs="+", default=[0, 1_000_000, 10_000_000])
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--json", type=Path, help="where the rows are written to")
    chosen = options.parse_args()
    peers = make_peers()
    rows = [row for count in chosen.decisions for row in measure(count, peers, chosen.runs)]
    for count in chosen.decisions:
        of_count = [row for row in rows if row["decisions"] == count]
        median = {name: statistics.median(row[name] for row in of_count) for name in of_count[0]}
        print(
            f"{count:,} decisions: first answer after {median['answered_seconds']:.2f} s, CPU"
            f" {median['cpu_seconds']:.2f} s (medians of {chosen.runs})"
        )
    if chosen.json is not None:
        chosen.json.write_text(json.dumps(rows, indent=1) + "\n")


def measure(count: int, peers: list[Peer], runs: int) -> list[dict[str, float]]:
    """Return a row for each start over that many decisions."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder) / "home", peers, USUAL)
        database = find_database(read_config(server.config_file))
        server.stop()
        began = time.perf_counter()
        if count:
            every_ms = max(1, KEPT_MS // count)
            first_ts = time.time_ns() // 1_000_000 - count * every_ms
            stored_decisions.fill(database, count, first_ts=first_ts, every_ms=every_ms, found=True)
        size_mb = database.stat().st_size / 1e6
        print(f"{count:,} decisions, {size_mb:.0f} MB, filled in", end=" ")
        print(f"{time.perf_counter() - began:.0f} s", flush=True)
        for run in range(runs):
            forget_pages(database)
            server.start()
            row = first_answer(server, peers, run) | {"decisions": count, "megabytes": size_mb}
            server.stop()
            rows.append(row)
            print(
                "  " + ", ".join(f"{name} {value:.3g}" for name, value in row.items()), flush=True
            )
    return rows


def first_answer(server: Server, peers: list[Peer], run: int) -> dict[str, float]:
    """Return what passed until the first right answer, and what followed."""
    fresh = [each for (each,) in requests_for(USUAL, peers, 2_001, 1_000_000 * (run + 1))]
    first = uvloop.run(as_fast_as_possible("first", server, fresh[:1], 1))
    cpu_seconds = server.cpu_seconds()
    if first.failures:
        sys.exit(f"the first answer was no signature: {first.failures}")
    beside = uvloop.run(
        as_fast_as_possible(
            "beside", server, fresh[1:], 1, max_seconds=BESIDE_SECONDS, stays_awake=False
        )
    )
    return {
        "ready_seconds": server.start_seconds,
        "answered_seconds": server.start_seconds + first.seconds,
        "cpu_seconds": cpu_seconds,
        "then_p50_ms": beside.quantile_ms(0.5),
        "then_longest_ms": 1_000 * max(beside.latencies),
        "memory_mb": server.memory_mb()[1],
    }


def forget_pages(path: Path) -> None:
    """Make the kernel read a file anew from the disk."""
    with path.open("rb") as opened:
        os.fsync(opened.fileno())
        os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


if __name__ == "__main__":
    main()
