"""Copying of all rows from SQLite to PostgreSQL and back, with a comparison of each row.

The search index of decisions is not copied, since it is derived from them.
"""

import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, TypeAlias

import asyncpg

from countersign.adapters.sql.postgres.addresses import PostgresAddress
from countersign.adapters.sql.postgres.carried_tables import (
    ROWS_AT_ONCE,
    Table,
    TransferFailed,
    batches,
    count_rows,
    files,
    opened,
    tables,
)
from countersign.adapters.sql.postgres.connection_errors import DRIVER_TROUBLE
from countersign.adapters.sql.postgres.connections import Connector, Driver
from countersign.adapters.sql.postgres.statements import escaped
from countersign.ports.errors import StoreUnavailable

Progress: TypeAlias = Callable[[str, int, int], None]
"""Called with a table's name, the number of rows done, and the number of all rows."""

_STATEMENT_MS: Final = 600_000
_ONLY_ADDED: Final = ("archived_events", "decisions", "names")
_MARK: Final = "an import is under way"


async def import_file(
    address: PostgresAddress, file: Path, archive: Path, progress: Progress
) -> dict[str, int]:
    """Copy all rows of a SQLite database and its archive to PostgreSQL, and compare them.

    An import that was interrupted continues with the rows that are missing. Until it is complete
    the database is marked, and no server starts with it.

    Args:
        address: the address of a database with this program's schema.
        file: the SQLite database, with the same schema; nobody may write to it meanwhile.
        archive: the path of its archive, which need not exist.
        progress: called with the progress.

    Returns:
        The number of rows of each table.

    Raises:
        TransferFailed: rows were not copied; the message says what to do.
        DatabaseUnusable: a database can't be used.
    """
    async with _connected(address) as driver:
        await _begin_import(driver, address)
        counts: dict[str, int] = {}
        for each in files(file, archive):
            with opened(each) as source:
                for table in tables(source):
                    await _carry_in(driver, source, table, progress)
                    counts[table.name] = await _require_equal(driver, source, table)
        await driver.execute("COMMENT ON TABLE schema_version IS NULL")
    return counts


async def require_no_import(address: PostgresAddress) -> None:
    """Check that no import into the database is incomplete.

    Raises:
        TransferFailed: an import is incomplete.
        DatabaseUnusable: it can't be read.
    """
    async with _connected(address) as driver:
        if await _is_marked(driver):
            raise TransferFailed(
                f"An import into the database {address} has not ended, so it is not used. Run the"
                " same command again: countersign database import FILE, or restore FILE"
            )


async def export_file(
    address: PostgresAddress, file: Path, archive: Path, progress: Progress
) -> dict[str, int]:
    """Copy all rows of a PostgreSQL database, as of one moment, to SQLite, and compare them.

    Args:
        address: the database's address.
        file: an empty SQLite database with this program's schema.
        archive: the path of an empty archive with its table; it need not exist.
        progress: called with the progress.

    Raises:
        TransferFailed: rows were not copied.
        DatabaseUnusable: the database can't be used.
    """
    counts: dict[str, int] = {}
    async with (
        _connected(address) as driver,
        driver.transaction(isolation="repeatable_read", readonly=True),
    ):
        for each in files(file, archive):
            with opened(each) as target:
                if each is file:
                    target.execute("DELETE FROM names")  # its first row may have another number
                    target.execute("UPDATE found_until SET number = 0")
                for table in tables(target):
                    await _carry_out(driver, target, table, progress)
                    counts[table.name] = await _require_equal(driver, target, table)
    return counts


async def verify_file(
    address: PostgresAddress, file: Path, archive: Path, progress: Progress
) -> dict[str, int]:
    """Compare all rows of a PostgreSQL database with those of a SQLite database.

    Raises:
        TransferFailed: they differ; the message says where.
        DatabaseUnusable: one can't be read.
    """
    counts: dict[str, int] = {}
    async with _connected(address) as driver:
        for each in files(file, archive):
            with opened(each) as source:
                for table in tables(source):
                    counts[table.name] = await _require_equal(driver, source, table)
                    progress(table.name, counts[table.name], counts[table.name])
    return counts


async def _begin_import(driver: Driver, address: PostgresAddress) -> None:
    if await _is_marked(driver):
        return
    if await driver.fetchval("SELECT count(*) FROM names") > 1 or await driver.fetchval(
        "SELECT EXISTS (SELECT 1 FROM rooms) OR EXISTS (SELECT 1 FROM audit)"
    ):
        raise TransferFailed(
            f"The database {address} is in use already. Name an empty one in the settings."
        )
    async with driver.transaction():
        await driver.execute(f"COMMENT ON TABLE schema_version IS '{_MARK}'")
        await driver.execute("DELETE FROM names")  # its first row may have another number


async def _is_marked(driver: Driver) -> bool:
    mark = await driver.fetchval("SELECT obj_description('schema_version'::regclass)")
    return bool(mark == _MARK)


async def _carry_in(
    driver: Driver, source: sqlite3.Connection, table: Table, progress: Progress
) -> None:
    total, done = count_rows(source, table), 0
    after = None
    names = ", ".join(table.columns)
    values = ", ".join(f"${place}" for place in range(1, len(table.columns) + 1))
    other_columns = [column for column in table.columns if column not in table.key]
    update = ", ".join(f"{column} = excluded.{column}" for column in other_columns)
    # Decisions and the numbers of names are never updated.
    changed = f"DO UPDATE SET {update}" if update and table.name != "decisions" else "DO NOTHING"
    insert = (
        f"INSERT INTO {table.name} ({names}) VALUES ({values}) "  # noqa: S608 - of our own schema
        f"ON CONFLICT ({', '.join(table.key)}) {changed}"
    )
    if table.name in _ONLY_ADDED:
        after = await driver.fetchval(f"SELECT max({table.key[0]}) FROM {table.name}")  # noqa: S608
    for rows in batches(source, table, after):
        try:
            async with driver.transaction():
                await driver.executemany(insert, rows)
        except DRIVER_TROUBLE as error:
            raise TransferFailed(
                f"Rows of {table.name} cannot be carried: {error}. What was carried stays; run the"
                " same command again to go on."
            ) from error
        done += len(rows)
        progress(table.name, min(done, total), total)
    if table.is_numbered:
        column = table.key[0]
        await driver.execute(
            f"SELECT setval(pg_get_serial_sequence('{table.name}', '{column}'), "  # noqa: S608
            f"greatest(1, (SELECT coalesce(max({column}), 1) FROM {table.name})))"
        )


async def _carry_out(
    driver: Driver, target: sqlite3.Connection, table: Table, progress: Progress
) -> None:
    total = await driver.fetchval(f"SELECT count(*) FROM {table.name}")  # noqa: S608
    done = 0
    names = ", ".join(table.columns)
    insert = (
        f"INSERT INTO {table.name} ({names}) "  # noqa: S608
        f"VALUES ({', '.join('?' * len(table.columns))})"
    )
    query = f"SELECT {names} FROM {table.name}"  # noqa: S608
    async for rows in _fetched(driver, query):
        target.executemany(insert, [tuple(row) for row in rows])
        done += len(rows)
        progress(table.name, done, total)


async def _fetched(driver: Driver, query: str) -> AsyncIterator[Sequence[asyncpg.Record]]:
    cursor = await driver.cursor(query)
    while rows := await cursor.fetch(ROWS_AT_ONCE):
        yield rows


async def _require_equal(driver: Driver, sqlite: sqlite3.Connection, table: Table) -> int:
    """Compare a table row by row; return the number of rows.

    Raises:
        TransferFailed: it differs.
    """
    count = count_rows(sqlite, table)
    target_count = await driver.fetchval(f"SELECT count(*) FROM {table.name}")  # noqa: S608
    if target_count != count:
        raise TransferFailed(
            f"The table {table.name} has {count:,} rows in SQLite and {target_count:,} in "
            "PostgreSQL. Was something written meanwhile? Import into a new, empty database."
        )
    names = ", ".join(f"{table.name}.{column}" for column in table.columns)
    types = await _key_types(driver, table)
    parameters = ", ".join(f"${place}::{kind}[]" for place, kind in enumerate(types, 1))
    same = " AND ".join(f"{table.name}.{column} = given.{column}" for column in table.key)
    query = (
        f"SELECT {names} FROM {table.name} JOIN unnest({parameters}) "  # noqa: S608
        f"AS given ({', '.join(table.key)}) ON {same}"
    )
    places = [table.columns.index(column) for column in table.key]
    for rows in batches(sqlite, table, None):
        keys = [[_as_held(row[place]) for row in rows] for place in places]
        target_rows = {tuple(row) for row in await driver.fetch(query, *keys)}
        for row in rows:
            if row not in target_rows:
                key = {column: row[place] for column, place in zip(table.key, places, strict=True)}
                raise TransferFailed(f"The row {key} of {table.name} is not the same in both.")
    return count


def _as_held(value: object) -> object:
    """Return the stored form of a value in a list: the driver escapes only single texts."""
    return escaped(value) if isinstance(value, str) else value


async def _key_types(driver: Driver, table: Table) -> list[str]:
    rows = await driver.fetch(
        "SELECT attname, format_type(atttypid, NULL) AS kind FROM pg_attribute "
        "WHERE attrelid = to_regclass($1)",
        table.name,
    )
    kinds = {row["attname"]: row["kind"] for row in rows}
    return [kinds[column] for column in table.key]


@asynccontextmanager
async def _connected(address: PostgresAddress) -> AsyncIterator[Driver]:
    try:
        connection = await Connector(address).connect(statement_ms=_STATEMENT_MS)
    except StoreUnavailable as error:
        raise TransferFailed(str(error)) from error
    try:
        yield connection.driver
    except DRIVER_TROUBLE as error:
        raise TransferFailed(f"PostgreSQL at {address} failed: {error}.") from error
    finally:
        await connection.close()
