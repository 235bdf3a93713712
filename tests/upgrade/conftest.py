"""An operator's folder of an earlier version, opened by this one: see `make_before.py`."""

import json
import sqlite3
import tarfile
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.conftest import Home, _fork_server, countersign, start_server  # noqa: F401
from tests.cli.running_server import PEER, RunningServer

BEFORE = Path(__file__).with_name("before")
DAY_MS = 24 * 3_600_000


@pytest.fixture(scope="session")
def surface():
    """The names that others rely on."""
    return json.loads((BEFORE / "surface.json").read_text())


@pytest.fixture(scope="session")
def said():
    """The output of commands on the folder, by command, and its time."""
    return json.loads((BEFORE / "said.json").read_text())


@pytest.fixture(scope="session")
def asked():
    """The sign requests of homeservers, and the answers."""
    return json.loads((BEFORE / "asked.json").read_text())


@pytest.fixture(scope="session")
def moved_ms(said):
    """The time that has passed since, in ms."""
    return time.time_ns() // 1_000_000 - said["ts"]


@pytest.fixture(scope="session")
def make_home(said, moved_ms):
    """Return a function that makes folders as they were then, moved to the present."""

    def make(folder):
        with tarfile.open(BEFORE / "home.tar.gz") as tar:
            # It is our own. As an argument, Python 3.11.2 does not know the filter.
            tar.extraction_filter = lambda member, _path: member
            tar.extractall(folder)
        home = Home(folder / "home")
        days = (said["ts"] + moved_ms) // DAY_MS - said["ts"] // DAY_MS
        _move(home.folder / "countersign.db", moved_ms, days)
        _move(home.folder / "archive.db", moved_ms, days)
        history = home.folder / "policy-history" / "history.jsonl"
        entries = [json.loads(line) for line in history.read_text().splitlines()]
        moved = [{**entry, "ts": entry["ts"] + moved_ms} for entry in entries]
        history.write_text("".join(json.dumps(entry) + "\n" for entry in moved))
        with closing(sqlite3.connect(home.folder / "countersign.db")) as database:
            # As its server would tell them when it is asked again.
            now_ts = time.time_ns() // 1_000_000
            keys = (PEER.key_document_bytes(now_ts), now_ts, now_ts)
            database.execute(
                "UPDATE server_keys SET document = ?, fetched_ts = ?, told_ts = ?", keys
            )
            database.commit()
        return home

    return make


def _move(file, by_ms, days):
    """Move every time in a database, so that its data are as old as they were then."""
    with closing(sqlite3.connect(file)) as database:
        triggers = database.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall()
        for name, _ in triggers:
            database.execute(f"DROP TRIGGER {name}")
        tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (table,) in tables:
            for _, column, *_ in database.execute(f"PRAGMA table_info({table})").fetchall():
                if column.endswith("_ts"):
                    by = by_ms
                elif column.endswith("_day"):
                    by = days
                else:
                    continue
                # Zero is no moment.
                database.execute(
                    f"UPDATE {table} SET {column} = {column} + ? WHERE {column} > 0", (by,)
                )
        for _, sql in triggers:
            database.execute(sql)
        database.commit()


@pytest.fixture(scope="module")
def upgraded(make_home, tmp_path_factory):
    """The folder, and a running server of this version on it."""
    home = make_home(tmp_path_factory.mktemp("upgraded"))
    server = RunningServer(home, start_server(home))
    server.wait_until_ready()
    yield home, server
    server.kill()
