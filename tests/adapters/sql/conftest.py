"""Databases on SQLite and PostgreSQL for the tests of this folder, with generous time limits."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from countersign.adapters.sql import connections as sqlite_connections
from countersign.adapters.sql.connections import open_driver
from countersign.adapters.sql.postgres import connections, finder, recorder
from countersign.adapters.sql.postgres import database as quick
from countersign.adapters.sql.sqlite import SqliteDatabase
from countersign.adapters.sql.stores.decisions import SqlDecisionStore
from tests.databases import make_database


@pytest.fixture(autouse=True)
def patience(monkeypatch) -> None:
    """Wait for databases however busy the machine is; override it where that is the subject."""
    monkeypatch.setattr(sqlite_connections, "WRITE_PATIENCE_MS", 60_000)
    monkeypatch.setattr(connections, "CONNECT_SECONDS", 60.0)
    monkeypatch.setattr(connections, "_LOCK_MS", 60_000)
    monkeypatch.setattr(quick, "_QUICK_SECONDS", 60.0)
    monkeypatch.setattr(quick, "_QUICK_MS", 60_000)
    monkeypatch.setattr(finder, "_SECONDS", 60.0)
    monkeypatch.setattr(recorder, "_SECONDS", 60.0)


@pytest.fixture
def path(tmp_path) -> Path:
    """An empty database."""
    path = tmp_path / "countersign.db"
    make_database(path)
    return path


@pytest.fixture
async def open_database(path) -> AsyncIterator[Callable[[], SqliteDatabase]]:
    """Return a function that opens the database, once for each simulated process."""
    opened = []

    def open_one() -> SqliteDatabase:
        opened.append(SqliteDatabase(path))
        return opened[-1]

    yield open_one
    for database in opened:
        await database.close()


@pytest.fixture
def store(open_database) -> SqlDecisionStore:
    return SqlDecisionStore(open_database())


@pytest.fixture
def other_process(path) -> Iterator:
    """A plain connection, as of another program."""
    with closing(open_driver(path, "rw")) as driver:
        driver.execute("PRAGMA busy_timeout = 5000")
        yield driver


@pytest.fixture
def locked(path):
    """Return a context manager that locks the database, as another program would."""

    @contextmanager
    def lock():
        with closing(open_driver(path, "rw")) as driver:
            driver.execute("BEGIN IMMEDIATE")
            yield
            driver.execute("ROLLBACK")

    return lock
