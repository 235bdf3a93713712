"""Databases with the present schema, copied from a migrated one, since migrations are slow."""

import asyncio
import itertools
import re
import sqlite3
import tempfile
import threading
from contextlib import closing
from functools import cache
from pathlib import Path

import asyncpg
import yaml

from countersign.adapters.sql.database_files import prepare_database
from countersign.adapters.sql.postgres.addresses import parse_postgres_url
from countersign.adapters.sql.postgres.schema import migrate_schema
from tests.postgres_server import shared_server


def make_database(path):
    """Create an empty database if there is none, as `prepare_database` does."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_bytes(_migrated())


@cache
def _migrated():
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "countersign.db"
        prepare_database(database)
        return database.read_bytes()


async def make_postgres_database():
    """Create an empty database with the present schema on the shared server; return its URL.

    The last one is emptied and used again, which takes a twentieth of the time.
    """
    server = shared_server()
    if server.port not in _made:
        name = server.new_database()
        await migrate_schema(parse_postgres_url(server.url(name), Path()))
        _made[server.port] = _Emptied(server.url(name))
    emptied = _made[server.port]
    await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(emptied.empty(), _loop()))
    return emptied.url


@cache
def migrated_template():
    """Return the name of an empty database of the shared server with the present schema."""
    server = shared_server()
    name = server.new_database()
    migrating = migrate_schema(parse_postgres_url(server.url(name), Path()))
    asyncio.run_coroutine_threadsafe(migrating, _loop()).result()
    return name


def insert_rows(home, statement, rows):
    """Insert rows into the database of a home that exists, of SQLite or PostgreSQL.

    Args:
        home: has the settings.
        statement: an INSERT with question marks for the values of a row.
        rows: sequences of values.
    """
    url = yaml.safe_load(home.config.read_text()).get("database", "")
    if not url.startswith("postgresql:"):
        with closing(sqlite3.connect(home.folder / "countersign.db")) as driver, driver:
            driver.executemany(statement, rows)
        return
    places = itertools.count(1)
    numbered = re.sub(r"[?]", lambda _: f"${next(places)}", statement)
    inserting = _insert_into_postgres(url, numbered, rows)
    asyncio.run_coroutine_threadsafe(inserting, _loop()).result()


async def _insert_into_postgres(url, statement, rows):
    driver = await asyncpg.connect(url)
    try:
        await driver.executemany(statement, rows)
    finally:
        await driver.close()


@cache
def _loop():
    """Return an event loop that outlives those of the tests, so that a connection can stay open."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="empties databases", daemon=True).start()
    return loop


_made = {}
_KEPT = ("schema_version", "schema_compatibility")
_SMALL_BYTES = 256 * 1024


class _Emptied:
    """A database, and the connection that empties it: a new one would look up all tables anew."""

    def __init__(self, url):
        self.url = url
        self._driver = None

    async def empty(self):
        if self._driver is None or self._driver.is_closed():
            self._driver = await asyncpg.connect(self.url)
        driver = self._driver
        tables = await driver.fetch(
            "SELECT relname, pg_relation_size(oid) FROM pg_class "
            "WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> ALL ($1)",
            _KEPT,
        )
        # TRUNCATE makes new files for all, which takes ten times as long as deleting a few rows.
        how = ["SET session_replication_role = replica"]
        how += [f"DELETE FROM {name}" for name, size in tables if 0 < size <= _SMALL_BYTES]
        how += [f"TRUNCATE {name} CASCADE" for name, size in tables if size > _SMALL_BYTES]
        how.append(
            "SELECT setval(oid::regclass, seqstart, false) FROM pg_class JOIN pg_sequence ON "
            "seqrelid = oid WHERE relnamespace = 'public'::regnamespace"
        )
        how.append("INSERT INTO names (name) VALUES ('')")
        how.append("INSERT INTO found_until (only_row, number) VALUES (1, 0)")
        await driver.execute("; ".join(how))
