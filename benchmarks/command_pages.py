"""Duration of the commands behind the dashboard's pages, over many decisions.

In milliseconds: the first time of each, with nothing kept, and its CPU time; the median of others,
and its CPU time; the longest stretch for which the event loop did nothing else, in CPU time of its
thread.

Usage: python benchmarks/command_pages.py
"""

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import stored_decisions
from bench_server import NAME
from countersign.adapters.sql.database_files import prepare_database
from countersign.adapters.system import SystemClock, SystemRandomness
from countersign.bootstrap.commands.offline import OFFLINE
from countersign.bootstrap.commands.stored import StoredCommandDependencies, build_stored
from countersign.bootstrap.measures import build_measures, load_measures
from countersign.bootstrap.registry import read_registry
from countersign.bootstrap.stores import open_stores_for_changes
from countersign.config import read_config
from countersign.policy.decisions import Verdict
from countersign.policy.policies.policy_documents import parse_policy
from countersign.ports.stores.bundle import Stores
from countersign.ports.stores.decisions import DecisionQuery
from countersign.service.commands.every_command import StoredCommands
from countersign.service.commands.moderation.decision_views import Archived
from countersign.service.leaks.unseen_signatures import UnseenSignatures
from countersign.service.policies.policies_in_force import DEFAULT_COMMUNITY, Policies
from longest_slice import longest_slice

ROOMS = {f"!room{number}:example.org": f"Room {number}" for number in range(stored_decisions.ROOMS)}
DAY_MS = 86_400_000


def main() -> None:
    """Fill a database, and ask each command some times."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--decisions", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--folder", type=Path, help="where a filled database is, or is kept")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        settings = {"server_name": NAME, "database": "sqlite:///countersign.db"}
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "countersign.yaml").write_text(json.dumps(settings))
        (folder / "policy.yaml").write_text("filters: []\n")
        path = folder / "countersign.db"
        is_new = not path.exists()
        prepare_database(path)
        if is_new:
            first_ts = SystemClock().now_ts() - options.decisions * stored_decisions.EVERY_MS
            stored_decisions.fill(path, options.decisions, first_ts=first_ts)
        asyncio.run(ask_all(folder / "countersign.yaml", options.runs))


class MovingClock(SystemClock):
    """The clock, which can be moved on so that what is kept for half a minute is looked at anew."""

    moved_ms = 0

    def now_ts(self) -> int:
        """Return the time, in ms since the epoch."""
        return super().now_ts() + self.moved_ms


async def build(stores: Stores, clock: MovingClock) -> StoredCommands:
    """Return the commands, with the names of all rooms."""
    measures = build_measures(stores, clock, indicator_secret=bytes(32))
    await load_measures(measures)

    async def find_archived(_: object) -> Archived:
        return Archived((), None)

    return await build_stored(
        StoredCommandDependencies(
            clock=clock,
            randomness=SystemRandomness(),
            stores=stores,
            policies=Policies({DEFAULT_COMMUNITY: parse_policy(b"filters: []", read_registry())}),
            measures=measures,
            unseen=UnseenSignatures(clock, ceiling=1),
            find_archived=find_archived,
            activation=None,
            rooms=list,
            room_names=lambda: ROOMS,
        )
    )


def questions(
    commands: StoredCommands, refused: str, clock: MovingClock
) -> dict[str, Callable[[], Awaitable[Any]]]:
    """Return what is asked, by a name; `refused` is the reference of a refusal."""

    def filters_a_minute_later() -> Awaitable[Any]:
        clock.moved_ms += 60_000
        return commands.statistics.filters(OFFLINE)

    search, incidents, reviews = commands.decisions.search, commands.incidents, commands.reviews
    today_ts = SystemClock().now_ts()
    week_ts = today_ts - 7 * DAY_MS
    community = DEFAULT_COMMUNITY
    return {
        "decisions of a step": lambda: search(OFFLINE, DecisionQuery(step="step-0")),
        "decisions": lambda: search(OFFLINE),
        "decisions of a week": lambda: search(OFFLINE, DecisionQuery(since_ts=week_ts)),
        "decisions of a week, refused": lambda: search(
            OFFLINE, DecisionQuery(verdict=Verdict.REFUSE, since_ts=week_ts)
        ),
        "decisions on a person": lambda: search(
            OFFLINE, DecisionQuery(sender="@user0:server0.example")
        ),
        "a decision": lambda: commands.decisions.explain(OFFLINE, refused),
        "incidents": lambda: incidents.list(OFFLINE),
        "incidents of a community": lambda: incidents.list(OFFLINE, community=community),
        "incidents of a week": lambda: incidents.list(OFFLINE, since_ts=week_ts),
        "an incident": lambda: incidents.show(OFFLINE, refused),
        "reviews": lambda: commands.review_queue.list(OFFLINE),
        "reviews of a community": lambda: commands.review_queue.list(OFFLINE, community=community),
        "taking a review": lambda: reviews.take(OFFLINE, reference=refused),
        "filters, a week": lambda: commands.statistics.filters(OFFLINE),
        "filters, a week, a minute later": filters_a_minute_later,
        "filters, today": lambda: commands.statistics.filters(OFFLINE, since_ts=today_ts),
        "step counts, a week": lambda: commands.decisions.statistics(OFFLINE, since_ts=week_ts),
    }


async def ask_all(settings: Path, runs: int) -> None:
    """Print how long each command takes."""
    async with open_stores_for_changes(read_config(settings)) as stores:
        clock = MovingClock()
        commands = await build(stores, clock)
        newest = DecisionQuery(verdict=Verdict.REFUSE)
        found = await commands.decisions.search(OFFLINE, newest, limit=1)
        for name, ask in questions(commands, found["decisions"][0]["reference"], clock).items():
            passed: list[float] = []
            cpu: list[float] = []
            for _ in range(1 + runs):
                began, began_cpu = time.perf_counter(), time.process_time()
                await ask()
                passed.append(1_000 * (time.perf_counter() - began))
                cpu.append(1_000 * (time.process_time() - began_cpu))
            first = f"{passed[0]:9.1f}{cpu[0]:9.1f}"
            again = f"{statistics.median(passed[1:]):9.1f}{statistics.median(cpu[1:]):9.1f}"
            held, _ = await longest_slice(ask())  # by itself: watching takes time from threads
            print(f"{name:32}{first}{again}{1_000 * held:9.1f}", flush=True)


if __name__ == "__main__":
    main()
