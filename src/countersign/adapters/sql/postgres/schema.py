"""Creation and migration of the schema in a PostgreSQL database.

The versions are those of `..migrations`. A new database begins with the baseline migration, whose
number is the version that it leads to. From there on, each migration has a file with its number for
each of the two databases.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Final

import asyncpg

from countersign.adapters.sql.errors import DatabaseUnusable
from countersign.adapters.sql.migrations import Migration, Schema, migrations, newest_version
from countersign.adapters.sql.postgres.addresses import PostgresAddress
from countersign.adapters.sql.postgres.connection_errors import DRIVER_TROUBLE, connect_failure
from countersign.adapters.sql.postgres.connections import (
    Connector,
    PostgresConnection,
    read_schema,
    set_lock_timeout,
)
from countersign.ports.errors import StoreOutdated, StoreUnavailable

_MIGRATION_MS: Final = 3_600_000
_SET_VERSION: Final = "UPDATE schema_version SET version = $1"
_LOCK: Final = "SELECT pg_advisory_xact_lock(7165166234983)"
"""Lets one process migrate at a time; the number has no meaning."""
_WAIT_SECONDS: Final = 60
"""Time to wait for another process that migrates the same database, such as at a common start."""
_WAIT: Final = f"SET LOCAL lock_timeout = '{_WAIT_SECONDS}s'"


async def look_at_schema(address: PostgresAddress) -> Schema:
    """Return the schema of a database, also if this program cannot use it.

    Raises:
        DatabaseUnusable: it can't be read; the message says what to do.
    """
    async with _connected(address) as connection:
        return await read_schema(connection.driver)


async def make_database(address: PostgresAddress) -> None:
    """Create the schema in an empty database; check the schema of any other.

    Raises:
        StoreOutdated: it has to be migrated first.
        DatabaseUnusable: it can't be used; says what to do.
    """
    async with _connected(address) as connection:
        if await read_schema(connection.driver) == Schema(0, 0):
            # All or nothing: a start that is ended midway leaves a database that the next can make.
            await _apply(address, connection, migrations(__package__ or ""))
        _require_usable(address, await read_schema(connection.driver))


async def has_schema(address: PostgresAddress) -> bool:
    """Check a database without changing it; return False if it is empty.

    Raises:
        StoreOutdated: it has to be migrated first.
        DatabaseUnusable: it can't be used; says what to do.
    """
    schema = await look_at_schema(address)
    if schema == Schema(0, 0):
        return False
    _require_usable(address, schema)
    return True


def has_schema_blocking(address: PostgresAddress) -> bool:
    """Run `has_schema` in a thread and block until it is done; works inside any event loop."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, has_schema(address)).result()


async def migrate_schema(address: PostgresAddress) -> tuple[Schema, Schema]:
    """Apply missing migrations; return the schema before and after.

    Programs of the previous version can use the database meanwhile.

    Raises:
        DatabaseUnusable: a migration failed; those before it stay applied.
    """
    async with _connected(address) as connection:
        before = await read_schema(connection.driver)
        _require_not_newer(address, before)
        for migration in migrations(__package__ or ""):
            await _apply(address, connection, [migration])
        return before, await read_schema(connection.driver)


async def _apply(
    address: PostgresAddress, connection: PostgresConnection, migrations: Sequence[Migration]
) -> None:
    """Apply those of the migrations that a database lacks, in one transaction."""
    version = migrations[-1].version
    try:
        async with connection.transaction("read committed"):
            await connection.driver.execute(
                f"{_WAIT}; {_LOCK}; {set_lock_timeout('LOCAL')}", timeout=2 * _WAIT_SECONDS
            )
            present = (await read_schema(connection.driver)).version
            for migration in migrations:
                if present < migration.version:
                    await connection.driver.execute(migration.sql, timeout=_MIGRATION_MS / 1_000)
                    await connection.driver.execute(_SET_VERSION, migration.version)
    except asyncpg.LockNotAvailableError as error:
        raise DatabaseUnusable(
            f"The database {address} is not migrated to version {version}: somebody"
            " else migrates it or holds a lock. Run the same command again a little later."
        ) from error
    except DRIVER_TROUBLE as error:
        raise DatabaseUnusable(
            f"The database {address} cannot be migrated to version {version}:"
            f" {str(error).rstrip('.')}. Only the owner of the database, and of its tables, can"
            " do that."
        ) from error


def _require_usable(address: PostgresAddress, schema: Schema) -> None:
    _require_not_newer(address, schema)
    if schema.version < newest_version():
        raise StoreOutdated(
            f"The database {address} is not used as it is: its schema has version {schema.version}"
            f" and this program needs version {newest_version()}. Run once, while older servers go"
            " on: countersign database migrate"
        )


def _require_not_newer(address: PostgresAddress, schema: Schema) -> None:
    if schema.min_compatible > newest_version():
        raise DatabaseUnusable(
            f"The database {address} was written by a newer Countersign: its schema has version"
            f" {schema.version}, which needs a program of version {schema.min_compatible} or newer,"
            f" and this program's is {newest_version()}. Install the newer program again, or"
            " restore a backup from before the upgrade."
        )


@asynccontextmanager
async def _connected(address: PostgresAddress) -> AsyncIterator[PostgresConnection]:
    try:
        connection = await Connector(address, needs_schema=False).connect(
            statement_ms=_MIGRATION_MS
        )
    except StoreUnavailable as error:
        raise DatabaseUnusable(str(error)) from error
    try:
        yield connection
    except DRIVER_TROUBLE as error:
        raise DatabaseUnusable(str(connect_failure(address, error))) from error
    finally:
        await connection.close()
