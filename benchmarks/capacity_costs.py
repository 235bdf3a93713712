"""Measurement of the costs that capacity.py computes with, written to capacity_costs.json.

Usage: python benchmarks/capacity_costs.py [--events 1500] [--file capacity_costs.json]
       python benchmarks/capacity_costs.py --only-times

One process over PostgreSQL and Valkey, the preset `newcomer-safe`, 2,000 people in a room, 32
connections. Processor times of other processes are told apart, so that other work on the machine
changes little: each cost is divided by that of one verification, measured before and after it.
"""

import argparse
import asyncio
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.bench_server import Setup, crypto_microseconds, make_peers, running  # noqa: E402
from benchmarks.capacity import COSTS_FILE, read_costs  # noqa: E402
from benchmarks.capacity_load import (  # noqa: E402
    LoadResults,
    Question,
    System,
    ask_all,
    join,
    message,
    others,
    owner,
    question,
    raid_message,
    signed,
    system,
    transaction,
)

from countersign.testing.peers import Peer  # noqa: E402

PEOPLE = 2_000
CONNECTIONS = 32
RAIDERS = 200
SERVERS_AT_ONCE = 20
IDLE_SECONDS = 10
PATIENCE_SECONDS = 60.0
"""However busy the machine is, no question is asked twice."""
MANY_PEOPLE = 100_000
ROOMS, PEOPLE_ELSEWHERE = 3_000, 3
"""Numbers of people and rooms with which their memory is measured."""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--events", type=int, default=1_500)
    options.add_argument("--file", type=Path, default=COSTS_FILE)
    options.add_argument(
        "--only-times", action="store_true", help="keep what the file says about memory"
    )
    chosen = options.parse_args()
    write_costs(chosen.events, chosen.file, is_memory_kept=chosen.only_times)


def write_costs(events: int, file: Path, *, is_memory_kept: bool = False) -> None:
    """Measure the costs and write them into a file.

    Args:
        events: how many of each kind.
        file: the file; with `is_memory_kept` it must be there.
        is_memory_kept: leave what it says about memory.
    """
    load_before = load_now()
    peers = make_peers()
    verify_us: list[float] = []
    with system(Setup("costs", preset="newcomer-safe", members=PEOPLE), peers) as running_system:
        costs = measure(running_system, peers, events, verify_us)
    load_after = load_now()
    if is_memory_kept:
        known, _ = read_costs(file)
        costs |= {name: getattr(known, name) for name in ("process_mb", "room_kb", "person_kb")}
    else:
        costs |= memory(peers)
    only_times = " --only-times" if is_memory_kept else ""
    written = {
        "command": f"python benchmarks/capacity_costs.py --events {events}{only_times}",
        "date": today(),
        "load": f"{load_before} to {load_after}",
        "processors": os.cpu_count(),
        "verify_us": round(sum(verify_us) / len(verify_us), 1),
        "costs": {name: float(f"{value:.3g}") for name, value in costs.items()},
    }
    file.write_text(json.dumps(written, indent=2) + "\n")
    print(json.dumps(written, indent=2))


def load_now() -> str:
    """Return how many processes wanted a processor in the last minute, on average."""
    return f"{os.getloadavg()[0]:.1f}"


def today() -> str:
    """Return the date, as documents write it."""
    return time.strftime("%-d %B %Y", time.gmtime())


def measure(
    whole: System, peers: list[Peer], count: int, verify_us: list[float]
) -> dict[str, float]:
    """Return what events cost, by the names that `Costs` has.

    Args:
        whole: the system.
        peers: the homeservers.
        count: how many events.
        verify_us: gets what one verification took, of each measurement.
    """
    told = LoadResults()
    warm = [message(peers, 10_000_000 + number, people=PEOPLE) for number in range(200)]
    events = [message(peers, number, people=PEOPLE) for number in range(count)]

    def load(questions: list[Question]) -> None:
        asyncio.run(ask_all(whole.server.port, questions, CONNECTIONS, told, PATIENCE_SECONDS))

    load([question(owner(peers, event), event) for event in warm])
    fresh = [question(owner(peers, event), event) for event in events]
    before = whole.rows(), whole.database_bytes(), whole.log_bytes(), whole.counters_bytes()
    spent = spent_on(whole, peers, lambda: load(fresh), verify_us)
    after = whole.rows(), whole.database_bytes(), whole.log_bytes(), whole.counters_bytes()
    rows, stored, log, counted = ((b - a) / count for a, b in zip(before, after, strict=True))
    repeats = [question(others(peers, event, 1)[0], event) for event in events]
    repeat = spent_on(whole, peers, lambda: load(repeats), verify_us)
    transactions = [
        transaction(owner(peers, event), number, [signed(event, told)])
        for number, event in enumerate(events)
    ]
    heard = spent_on(whole, peers, lambda: load(transactions), verify_us)
    idle = spent_on(whole, peers, lambda: time.sleep(IDLE_SECONDS), verify_us)
    raid = measure_raid(whole, peers, told, load, verify_us, fresh=spent[0] / count)
    is_as_expected = set(told.statuses) == {200, 400} and told.statuses[400] <= RAIDERS
    if not is_as_expected or told.contradicted or told.late or told.troubles:
        sys.exit(
            f"answers were not as expected: {told.statuses}, {told.contradicted[:3]},"
            f" {told.troubles} of 5xx or cut, {told.late} late"
        )
    return {
        "fresh": spent[0] / count,
        "repeat": repeat[0] / count,
        "heard": heard[0] / count,
        "idle": idle[0] / IDLE_SECONDS,
        "database_fresh": spent[1] / count,
        "counters_fresh": spent[2] / count,
        "database_rows": rows,
        "database_bytes": stored,
        "log_bytes": log,
        "counters_bytes": counted,
        **raid,
    }


def measure_raid(
    whole: System,
    peers: list[Peer],
    told: LoadResults,
    load: Callable[[list[Question]], None],
    verify_us: list[float],
    *,
    fresh: float,
) -> dict[str, float]:
    """Return what joins and messages of a raid cost, and events that many ask about at once.

    Args:
        whole: the system.
        peers: the homeservers.
        told: has the answers.
        load: asks.
        verify_us: see `measure`.
        fresh: what a new event costs a process.
    """

    def spent(questions: list[Question], count: int) -> list[float]:
        found = spent_on(whole, peers, lambda: load(questions), verify_us)
        time.sleep(1)  # until the leader has followed
        return [each / count for each in found]

    joins = [join(peers, 2_000_000 + number) for number in range(RAIDERS)]
    joined = spent([question(owner(peers, each), each) for each in joins], RAIDERS)
    asked = [message(peers, 5_000_000 + n, people=PEOPLE) for n in range(RAIDERS // 2)]
    askers = [others(peers, event, SERVERS_AT_ONCE) for event in asked]
    by_all = [question(each, event) for event, of in zip(asked, askers, strict=True) for each in of]
    together = spent(by_all, len(asked))
    sent = [
        transaction(owner(peers, each), 2_000_000 + number, [signed(each, told)])
        for number, each in enumerate(joins)
    ]
    followed = spent(sent, RAIDERS)
    said = [
        question(owner(peers, each), raid_message(owner(peers, each), str(each["sender"]), number))
        for number, each in enumerate(joins)
    ]
    raid = spent(said, RAIDERS)
    return {
        "joined": joined[0],
        "together": (together[0] - fresh) / (len(by_all) / len(asked) - 1),
        "followed": followed[0],
        "raid": raid[0],
        "database_followed": followed[1],
        "database_raid": raid[1],
        "counters_raid": raid[2],
    }


def spent_on(
    whole: System, peers: list[Peer], work: Callable[[], None], verify_us: list[float]
) -> tuple[float, float, float]:
    """Return what some work costs our process, PostgreSQL and Valkey, in verifications."""

    def times() -> tuple[float, float, float]:
        return (
            whole.server.cpu_seconds(),
            whole.database_cpu_seconds(),
            whole.counters_cpu_seconds(),
        )

    first, _ = crypto_microseconds(peers[0])
    before = times()
    work()
    after = times()
    second, _ = crypto_microseconds(peers[0])
    verify_us.append((first + second) / 2)
    ours, theirs, counters = (
        (b - a) * 1e6 / verify_us[-1] for a, b in zip(before, after, strict=True)
    )
    return ours, theirs, counters


def memory(peers: list[Peer]) -> dict[str, float]:
    """Return the most memory that a process takes, and what rooms and people add to it."""
    usual = Setup("few", preset="newcomer-safe", members=PEOPLE)
    few = _memory_mb(peers, usual)
    people = _memory_mb(peers, replace(usual, members=MANY_PEOPLE))
    rooms = _memory_mb(peers, replace(usual, rooms=ROOMS, members_elsewhere=PEOPLE_ELSEWHERE))
    person_kb = 1_000 * (people - few) / (MANY_PEOPLE - PEOPLE)
    return {
        "process_mb": few,
        "room_kb": 1_000 * (rooms - few) / ROOMS - PEOPLE_ELSEWHERE * person_kb,
        "person_kb": person_kb,
    }


def _memory_mb(peers: list[Peer], setup: Setup) -> float:
    with running(setup, peers) as server:
        return server.memory_mb()[1]


if __name__ == "__main__":
    main()
