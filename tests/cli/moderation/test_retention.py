"""Tests of retention by the command line: details expire, and the verdict stays."""

import json
import sqlite3
from contextlib import closing

import pytest

from tests.cli.running_server import PEER, put_in_room

ALICE = PEER.user()
DAY_MS = 86_400_000


@pytest.fixture
def home(home):
    put_in_room(home)
    home.refuse_words("watches")
    return home


def decisions(home):
    return json.loads(home.run("decisions", "list", "--json").out)


def make_older(home, days):
    """Have all decisions be made so many days ago, as nobody can through the program."""
    with closing(sqlite3.connect(home.folder / "countersign.db", isolation_level=None)) as driver:
        (trigger,) = driver.execute(
            "SELECT sql FROM sqlite_schema WHERE name = 'decisions_stand'"
        ).fetchone()
        driver.execute("DROP TRIGGER decisions_stand")
        driver.execute("UPDATE decisions SET decided_ts = decided_ts - ?", [days * DAY_MS])
        driver.execute("UPDATE evidence SET kept_ts = kept_ts - ?", [days * DAY_MS])
        driver.execute(trigger)


def bytes_of(home):
    with closing(sqlite3.connect(home.folder / "countersign.db")) as driver:
        driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return b"".join(file.read_bytes() for file in home.folder.glob("countersign.db*"))


def test_a_refusal_outlives_its_details(home, start):
    server = start(home)
    status, answer = server.ask("cheap watches", depth=10)
    signed, signature = server.ask("hello", depth=11)
    assert (status, signed) == (400, 200)
    reference = decisions(home)[1]["reference"]
    server.terminate()
    assert ALICE.encode() in bytes_of(home)
    make_older(home, days=181)
    server = start(home)
    server.wait_for(lambda: all(each["details_gone"] for each in decisions(home)))

    why = home.run("decisions", "why", reference)
    listed = home.run("decisions", "list").out
    allowed = home.run("decisions", "allow", reference)
    again_status, again = server.ask("cheap watches", depth=10)
    same = server.ask("hello", depth=11)
    server.terminate()

    assert (again_status, again["errcode"]) == (400, answer["errcode"])
    assert reference in answer["error"]
    assert reference in again["error"]
    assert "No adverts, please." in answer["error"]
    assert "No adverts, please." not in again["error"]
    assert same == (200, signature)
    assert "details of this decision were deleted after 180 days, as the settings say" in why.out
    assert ALICE not in why.out
    assert ALICE not in listed
    assert allowed.status == 1
    assert "details of that decision are gone" in allowed.err
    kept = bytes_of(home)
    # Alice is in the room: its state names her, and nothing else does.
    with closing(sqlite3.connect(home.folder / "countersign.db")) as driver:
        assert driver.execute("SELECT 1 FROM names WHERE name = ?", [ALICE]).fetchall() == []
    assert b"cheap watches" not in kept


def test_the_text_of_a_refused_event_and_its_outcome_are_shown(home, start):
    server = start(home)
    server.ask("cheap watches\n[bold]today[/]", depth=10)
    (decision,) = decisions(home)

    def why():
        return home.run("decisions", "why", decision["reference"]).out

    server.wait_for(lambda: "cheap watches" in why())
    assert home.run("decisions", "allow", decision["reference"]).status == 0

    said, (as_json,) = (
        why(),
        json.loads(home.run("decisions", "why", decision["reference"], "--json").out),
    )
    assert "It said:\n  cheap watches\n  [bold]today[/]\n" in said
    assert "UTC: allowed" in said
    assert as_json["texts"] == ["cheap watches\n[bold]today[/]"]
    assert [each["kind"] for each in as_json["outcomes"]] == ["allowed"]


def test_evidence_can_be_off(home, start):
    home.set(retention={"evidence": "off"})
    server = start(home)
    server.ask("cheap watches", depth=10)
    (decision,) = decisions(home)
    server.terminate()

    why = home.run("decisions", "why", decision["reference"]).out

    assert "texts of refused events are not kept" in why
    assert b"cheap watches" not in bytes_of(home)
