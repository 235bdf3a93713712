"""Duration of searches over many decisions: the first page of each kind, and the next one.

Decisions are made up (`stored_decisions.py`). Times are CPU times in milliseconds, the median of
several runs; the second number is the time that passed.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from pathlib import Path

from countersign.adapters.sql.database_files import prepare_database
from countersign.adapters.sql.sqlite import SqliteDatabase
from countersign.adapters.sql.stores.decisions import SqlDecisionStore
from countersign.policy.decisions import Verdict
from countersign.ports.stores.decisions import DecisionQuery
from stored_decisions import EVERY_MS, FIRST_TS, ROOMS, fill


def main() -> None:
    """Fill a database, and search it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--decisions", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "countersign.db")
        prepare_database(path)
        began = time.perf_counter()
        fill(path, options.decisions)
        size_mb = path.stat().st_size / 1e6
        print(f"{options.decisions:,} decisions, {size_mb:.0f} MB, ", end="")
        print(f"filled in {time.perf_counter() - began:.0f} s")
        asyncio.run(search(path, options.decisions, options.runs))


async def search(path: Path, count: int, runs: int) -> None:
    """Print how long each search takes."""
    database = SqliteDatabase(path)
    store = SqlDecisionStore(database)
    last_ts = FIRST_TS + count * EVERY_MS
    middle_ts = FIRST_TS + count * EVERY_MS // 2
    some_rooms = frozenset(f"!room{number}:example.org" for number in range(0, ROOMS, 5))
    busy, quiet = frozenset(["!room0:example.org"]), frozenset(["!room499:example.org"])
    queries = {
        "all": DecisionQuery(),
        "refused": DecisionQuery(verdict=Verdict.REFUSE),
        "a busy room": DecisionQuery(rooms=busy),
        "a quiet room": DecisionQuery(rooms=quiet),
        "100 rooms": DecisionQuery(rooms=some_rooms),
        "refused in 100 rooms": DecisionQuery(rooms=some_rooms, verdict=Verdict.REFUSE),
        "a busy sender": DecisionQuery(sender="@user0:server0.example"),
        "a quiet sender": DecisionQuery(sender="@user49999:server399.example"),
        "a server": DecisionQuery(server="server0.example"),
        "an unknown server": DecisionQuery(server="nowhere.example"),
        "a step": DecisionQuery(step="step-0"),
        "an unknown step": DecisionQuery(step="unknown"),
        "an unknown step in a quiet room": DecisionQuery(step="unknown", rooms=quiet),
        "a filter, refused": DecisionQuery(filter="link", verdict=Verdict.REFUSE),
        "a score": DecisionQuery(min_score=12),
        "a score that none has": DecisionQuery(min_score=100),
        "the last day": DecisionQuery(since_ts=last_ts - 86_400_000),
        "before the middle": DecisionQuery(before_ts=middle_ts),
        "a busy room before the middle": DecisionQuery(rooms=busy, before_ts=middle_ts),
        "an unknown step before the middle": DecisionQuery(step="unknown", before_ts=middle_ts),
        "all but the last day": DecisionQuery(since_ts=1, before_ts=last_ts - 86_400_000),
    }
    await store.latest(DecisionQuery(step="a step"))  # looks up what is new
    for name, query in queries.items():
        cpu_ms: list[float] = []
        passed_ms: list[float] = []
        for _ in range(runs):
            began, began_cpu = time.perf_counter(), time.process_time()
            found = await store.latest(query)
            cpu_ms.append(1_000 * (time.process_time() - began_cpu))
            passed_ms.append(1_000 * (time.perf_counter() - began))
        words = f"{statistics.median(cpu_ms):8.1f} {statistics.median(passed_ms):8.1f}"
        words += f"  {len(found):3} found"
        if len(found) > 1:
            began_cpu = time.process_time()
            await store.latest(query, before_key=found[-1].key)
            words += f", the next page {1_000 * (time.process_time() - began_cpu):6.1f}"
        print(f"{name:36}{words}")
    await database.close()


if __name__ == "__main__":
    main()
