"""Databases with the present schema, copied from a migrated one, since migrations are slow."""

import tempfile
from functools import cache
from pathlib import Path

import asyncpg

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

    The last one is emptied and used again, which takes a tenth of the time.
    """
    server = shared_server()
    if server.port not in _made:
        name = server.new_database()
        await migrate_schema(parse_postgres_url(server.url(name), Path()))
        _made[server.port] = name
    await _empty(server.url(_made[server.port]))
    return server.url(_made[server.port])


_made = {}
_KEPT = ("schema_version", "schema_compatibility")


_SMALL_BYTES = 256 * 1024


async def _empty(url):
    driver = await asyncpg.connect(url)
    try:
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
        await driver.execute("; ".join(how))
        await driver.execute("INSERT INTO names (name) VALUES ('')")
        await driver.execute("INSERT INTO found_until (only_row, number) VALUES (1, 0)")
    finally:
        await driver.close()
