"""The stores of one settings file, opened and closed again."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from countersign.adapters.sql.bundle import archive_beside, stores_in
from countersign.adapters.sql.database_files import has_database, prepare_database
from countersign.adapters.sql.errors import DatabaseUnusable
from countersign.adapters.sql.postgres.addresses import PostgresAddress
from countersign.adapters.sql.postgres.database import PostgresDatabase
from countersign.adapters.sql.postgres.schema import has_schema, make_database
from countersign.adapters.sql.postgres.transfer import require_no_import
from countersign.adapters.sql.sqlite import SqliteDatabase
from countersign.adapters.system import SystemClock
from countersign.bootstrap.files import find_database
from countersign.config import Config
from countersign.ports.stores.bundle import Stores
from countersign.ports.stores.leaks import LeakCounts

_DAY_MS: Final = 24 * 3_600 * 1_000


def now_ts() -> int:
    """Return the present time in ms since the epoch."""
    return SystemClock().now_ts()


@asynccontextmanager
async def open_stores(config: Config) -> AsyncIterator[Stores]:
    """Open the stores for a server; creates and migrates the database if necessary.

    Raises:
        DatabaseUnusable: says what to do about it.
    """
    database = find_database(config)
    if isinstance(database, PostgresAddress):
        await make_database(database)
        await require_no_import(database)
        async with _connected(database) as stores:
            yield stores
        return
    prepare_database(database)
    async with _opened(database, database) as stores:
        yield stores


@asynccontextmanager
async def open_stores_for_reading(config: Config) -> AsyncIterator[Stores]:
    """Open the stores for a command, without creating or migrating the database.

    The server may be running. If there is no database yet, an empty temporary one is used.

    Raises:
        DatabaseUnusable: says what to do about it.
    """
    database = find_database(config)
    if isinstance(database, PostgresAddress):
        async with _connected_for_a_command(database) as stores:
            yield stores
        return
    configured = path = database
    with TemporaryDirectory(prefix="countersign-") as folder:
        if not has_database(path):
            path = Path(folder, path.name)
            prepare_database(path)
        async with _opened(path, configured) as stores:
            yield stores


@asynccontextmanager
async def open_stores_for_changes(config: Config) -> AsyncIterator[Stores]:
    """Open the stores for a command that makes changes while no server runs.

    Raises:
        DatabaseUnusable: there is no database yet, or it cannot be used; says what to do about it.
    """
    path = find_database(config)
    if isinstance(path, PostgresAddress):
        async with _connected_for_a_command(path) as stores:
            yield stores
        return
    if not has_database(path):
        raise DatabaseUnusable(
            f"There is no database {path} yet, so there is nothing to change. Start the server "
            "once, or run: countersign database migrate"
        )
    async with _opened(path, path) as stores:
        yield stores


async def count_leaks(config: Config) -> LeakCounts:
    """Count the leaks of the last day, and their deliveries by result.

    Raises:
        DatabaseUnusable, StoreUnavailable: they cannot be read.
    """
    async with open_stores_for_reading(config) as stores:
        return await stores.leaks.counts(SystemClock().now_ts() - _DAY_MS)


@asynccontextmanager
async def _opened(path: Path, configured: Path) -> AsyncIterator[Stores]:
    """Open the stores in a database, and the archive beside the one of the settings."""
    database = SqliteDatabase(path)
    try:
        yield stores_in(database, archive_beside(configured))
    finally:
        await database.close()


@asynccontextmanager
async def _connected_for_a_command(address: PostgresAddress) -> AsyncIterator[Stores]:
    if not await has_schema(address):
        raise DatabaseUnusable(
            f"The database {address} is empty. Start the server once, or run: countersign database"
            " migrate"
        )
    async with _connected(address) as stores:
        yield stores


@asynccontextmanager
async def _connected(address: PostgresAddress) -> AsyncIterator[Stores]:
    database = PostgresDatabase(address)
    try:
        yield stores_in(database)
    finally:
        await database.close()
