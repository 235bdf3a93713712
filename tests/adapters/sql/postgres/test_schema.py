"""The schema in PostgreSQL equals the one in SQLite."""

import asyncio
import sqlite3
from contextlib import closing

import asyncpg
import pytest

from countersign.adapters.sql.errors import DatabaseUnusable
from countersign.adapters.sql.migrations import Schema, newest_schema
from countersign.adapters.sql.postgres import schema as schema_module
from countersign.adapters.sql.postgres.addresses import parse_postgres_url
from countersign.adapters.sql.postgres.schema import (
    has_schema,
    look_at_schema,
    make_database,
    migrate_schema,
)
from countersign.ports.errors import StoreOutdated
from tests.postgres_server import shared_server

OF_ITS_OWN = {"schema_version", "archived_events"}
"""SQLite has a number in the file's head, and the archive in a file of its own."""


@pytest.fixture
def empty(tmp_path):
    """A database without any table."""
    server = shared_server()
    return parse_postgres_url(server.url(server.new_database()), tmp_path)


async def test_both_databases_have_the_same_tables_and_columns(driver, tmp_path):
    from tests.databases import make_database as make_sqlite

    make_sqlite(tmp_path / "countersign.db")
    with closing(sqlite3.connect(tmp_path / "countersign.db")) as sqlite:
        expected = set(
            sqlite.execute(
                "SELECT tables.name, columns.name, columns.pk > 0 FROM sqlite_schema AS tables, "
                "pragma_table_info(tables.name) AS columns "
                "WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite%'"
            )
        )
    rows = await driver.fetch(
        "SELECT relname, attname, EXISTS (SELECT 1 FROM pg_index WHERE indrelid = attrelid "
        "AND indisprimary AND attnum = ANY (indkey)) "
        "FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid "
        "WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND attnum > 0"
    )
    found = {tuple(row) for row in rows if row[0] not in OF_ITS_OWN}

    assert found == expected


async def test_text_is_compared_byte_by_byte_in_every_column(driver):
    rows = await driver.fetch(
        "SELECT table_name, column_name FROM information_schema.columns WHERE "
        "table_schema = 'public' AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C' "
        "AND table_name IN (SELECT tablename FROM pg_tables)"
    )

    assert rows == []


async def test_an_empty_database_is_no_mistake_until_it_is_made(empty):
    assert not await has_schema(empty)

    await make_database(empty)

    assert await has_schema(empty)


async def test_one_of_several_starting_processes_creates_the_tables(empty):
    await asyncio.gather(*(make_database(empty) for _ in range(6)))

    assert await has_schema(empty)


async def test_a_concurrent_start_waits_until_the_tables_exist(empty):
    """Workers start together, and a busy machine makes the tables in more than a second."""
    driver = await asyncpg.connect(empty.url)
    try:
        async with driver.transaction():
            await driver.execute("SELECT pg_advisory_xact_lock(7165166234983)")
            starting = asyncio.create_task(make_database(empty))
            await asyncio.sleep(1.5)
            assert not starting.done()
        await starting
    finally:
        await driver.close()

    assert await has_schema(empty)
    assert await look_at_schema(empty) == newest_schema()


async def test_a_start_that_is_ended_midway_leaves_nothing(empty, monkeypatch):
    *some, last = schema_module.migrations(schema_module.__package__)
    broken = [*some, last._replace(sql="SELECT 1 / 0")]
    with monkeypatch.context() as ending:
        ending.setattr(schema_module, "migrations", lambda _: broken)
        with pytest.raises(DatabaseUnusable, match="division by zero"):
            await make_database(empty)
    assert await look_at_schema(empty) == Schema(0, 0)

    await make_database(empty)

    assert await look_at_schema(empty) == newest_schema()


async def test_several_who_make_it_at_once_do_not_meet(empty):
    await asyncio.gather(*(make_database(empty) for _ in range(3)))

    assert await migrate_schema(empty) == (newest_schema(), newest_schema())


async def test_a_server_never_migrates_what_another_may_be_using(empty):
    await make_database(empty)
    shared_server().sql("UPDATE schema_version SET version = 22", empty.place.rpartition("/")[2])

    with pytest.raises(StoreOutdated, match="countersign database migrate"):
        await make_database(empty)
    assert (await look_at_schema(empty)).version == 22


async def test_a_newer_database_that_names_us_as_compatible_is_used(empty):
    await make_database(empty)
    database = empty.place.rpartition("/")[2]
    shared_server().sql("UPDATE schema_version SET version = 999", database)
    assert await has_schema(empty)

    shared_server().sql("UPDATE schema_compatibility SET min_compatible = 998", database)
    with pytest.raises(DatabaseUnusable, match="newer Countersign"):
        await has_schema(empty)
    assert await look_at_schema(empty) == Schema(999, 998)


async def test_missing_permission_to_create_tables_is_reported(empty):
    server = shared_server()
    server.sql("DROP ROLE IF EXISTS guest; CREATE ROLE guest LOGIN")
    guest = parse_postgres_url(empty.url.replace("postgres@", "guest@"), None)

    with pytest.raises(DatabaseUnusable, match="Only the owner"):
        await make_database(guest)
