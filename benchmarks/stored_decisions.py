"""Synthetic decisions, written to a SQLite database faster than a server records them.

500 rooms and 50,000 people of 400 servers, few of whom write most; one in ten decisions has
findings, one in fifty refuses.
"""

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Final

from countersign.adapters.sql.connections import open_driver
from countersign.policy.decisions import Decision, Verdict
from countersign.policy.findings import Finding, FindingKind
from countersign.policy.harms import Harm
from countersign.policy.review.summaries import DecisionSummary

ROOMS: Final = 500
PEOPLE: Final = 50_000
SERVERS: Final = 400
STEPS: Final = 30
FIRST_TS: Final = 1_750_000_000_000
EVERY_MS: Final = 2_500
_MADE_AT_MOST: Final = 200_000
"""Decisions that are made one by one; more are copies of these, under keys of their own."""
_SAME: Final = "verdict, decision, summary, room, sender, event_type, asked_by, policy_revision"
"""Columns of which copies hold the same."""
_COLUMNS: Final = f"key, decided_ts, {_SAME}"
_FILL_FOUND: Final = """
INSERT OR IGNORE INTO found_names (name, number)
    SELECT nullif(found.atom, ''), decisions.number
    FROM decisions, json_tree(decision, '$.findings') AS found
    WHERE decision IS NOT NULL AND found.key IN ('filter', 'step');
INSERT OR IGNORE INTO found_scores (score, number)
    SELECT json_extract(decision, '$.score'), number FROM decisions WHERE decision IS NOT NULL;
UPDATE found_until SET number = (SELECT max(number) FROM decisions);
"""


def fill(
    path: Path,
    count: int,
    *,
    first_ts: int = FIRST_TS,
    every_ms: int = EVERY_MS,
    found: bool = False,
) -> None:
    """Put that many decisions into a database that holds none.

    Args:
        path: the database, which no server uses.
        count: how many.
        first_ts: time of the first, in ms since the epoch.
        every_ms: time between two, in ms.
        found: whether what searches look up by step, filter and score is filled in too, as a server
            does in the background.
    """
    with closing(open_driver(path, "rw")) as driver:
        # If this fails, the database is made anew. What does not fit into the cache goes into the
        # file at once: from the log it would be read again.
        driver.execute("PRAGMA journal_mode = OFF")
        driver.execute("PRAGMA synchronous = OFF")
        driver.execute("PRAGMA cache_size = -2000000")
        driver.execute("BEGIN")
        made = min(count, _MADE_AT_MOST)
        _make(driver, made, first_ts, every_ms)
        for copied in range(made, count, made):
            driver.execute(
                f"INSERT INTO decisions ({_COLUMNS}) SELECT randomblob(32), decided_ts + ?, {_SAME}"
                " FROM decisions WHERE number <= ?",
                (copied * every_ms, min(made, count - copied)),
            )
        driver.execute("COMMIT")
        if found:
            driver.executescript(_FILL_FOUND)
        driver.execute("PRAGMA journal_mode = WAL")


def _make(driver: sqlite3.Connection, count: int, first_ts: int, every_ms: int) -> None:
    rooms = [f"!room{number}:example.org" for number in range(ROOMS)]
    people = [f"@user{number}:server{number % SERVERS}.example" for number in range(PEOPLE)]
    names = [*rooms, *people, "m.room.message", "example.org", "a-policy"]
    driver.executemany(
        "INSERT INTO names (name) VALUES (?) ON CONFLICT DO NOTHING", [(name,) for name in names]
    )
    number_of = dict(driver.execute("SELECT name, number FROM names"))
    rows = []
    for number in range(count):
        verdict = Verdict.REFUSE if number % 50 == 0 else Verdict.SIGN
        has_findings = number % 10 == 0
        made = decision(number, verdict)
        rows.append(
            (
                sha256(str(number).encode()).digest(),
                first_ts + number * every_ms,
                verdict.value,
                json.dumps(made.to_stored()) if has_findings else None,
                DecisionSummary.of(made).to_text() if has_findings else None,
                number_of[rooms[few_write_most(number * 7 % 1_009 / 1_009, ROOMS)]],
                number_of[people[few_write_most(number * 31 % 99_991 / 99_991, PEOPLE)]],
                *(number_of[name] for name in names[-3:]),
            )
        )
    driver.executemany(
        f"INSERT INTO decisions ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows
    )


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
