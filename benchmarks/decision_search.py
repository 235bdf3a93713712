"""Time that searches among many decisions take: the first page of each kind, and the next one.

Decisions are made up: 500 rooms and 50,000 people of 400 servers, few of whom write most; one in
ten decisions has findings, one in fifty refuses. Times are CPU times in milliseconds, the median of
several runs; the second number is the time that passed.
"""

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from contextlib import closing
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Final

from countersign.adapters.sql.connections import open_driver
from countersign.adapters.sql.database_files import prepare_database
from countersign.adapters.sql.sqlite import SqliteDatabase
from countersign.adapters.sql.stores.decisions import SqlDecisionStore
from countersign.policy.decisions import Decision, Verdict
from countersign.policy.findings import Finding, FindingKind
from countersign.policy.harms import Harm
from countersign.policy.review.summaries import DecisionSummary
from countersign.ports.stores.decisions import DecisionQuery

ROOMS: Final = 500
PEOPLE: Final = 50_000
SERVERS: Final = 400
STEPS: Final = 30
FIRST_TS: Final = 1_750_000_000_000
EVERY_MS: Final = 2_500


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


def fill(path: Path, count: int, *, first_ts: int = FIRST_TS) -> None:
    """Put that many decisions into the database."""
    rooms = [f"!room{number}:example.org" for number in range(ROOMS)]
    people = [f"@user{number}:server{number % SERVERS}.example" for number in range(PEOPLE)]
    names = [*rooms, *people, "m.room.message", "example.org", "a-policy"]
    rows = []
    for number in range(count):
        has_findings = number % 10 == 0
        is_refused = number % 50 == 0
        verdict = Verdict.REFUSE if is_refused else Verdict.SIGN
        made = decision(number, verdict)
        stored = json.dumps(made.to_stored()) if has_findings else None
        summary = DecisionSummary.of(made).to_text() if has_findings else None
        rows.append(
            (
                sha256(str(number).encode()).digest(),
                first_ts + number * EVERY_MS,
                verdict.value,
                stored,
                summary,
                2 + few_write_most(number * 7 % 1_009 / 1_009, ROOMS),
                2 + ROOMS + few_write_most(number * 31 % 99_991 / 99_991, PEOPLE),
                2 + ROOMS + PEOPLE,
                3 + ROOMS + PEOPLE,
                4 + ROOMS + PEOPLE,
            )
        )
    with closing(open_driver(path, "rw")) as driver:
        driver.execute("BEGIN")
        driver.executemany("INSERT INTO names (name) VALUES (?)", [(name,) for name in names])
        driver.executemany(
            "INSERT INTO decisions (key, decided_ts, verdict, decision, summary, room, sender, "
            "event_type, asked_by, policy_revision) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            rows,
        )
        driver.execute("COMMIT")


def few_write_most(share: float, count: int) -> int:
    """Return one of so many, of whom the first are met most."""
    return int(count * share**3)


def decision(number: int, verdict: Verdict) -> Decision:
    """Return a decision with findings of two steps."""
    finding = Finding(
        filter="text-model",
        harm=Harm.SPAM,
        reason="reads like advertising, and like what others wrote here within the hour",
        says="Please don't advertise here.",
        step=f"step-{number % STEPS}",
        weight=number % 7,
        kind=FindingKind.EVIDENCE,
    )
    return Decision(
        verdict=verdict,
        findings=(finding, replace(finding, filter="link", step="newcomer-links")),
        policy_revision="a-policy",
        score=number % 14,
        threshold=10,
    )


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
