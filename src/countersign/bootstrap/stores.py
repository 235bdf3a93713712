"""The stores of one settings file, opened and closed again."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from countersign.adapters.sql.decisions import SqliteDecisionStore
from countersign.adapters.sql.leaks import SqliteLeakStore
from countersign.adapters.sql.rooms import SqliteRoomStore
from countersign.adapters.sql.server_keys import SqliteServerKeyStore
from countersign.adapters.sql.sqlite import SqliteDatabase, prepare_database
from countersign.adapters.system import SystemClock
from countersign.bootstrap.files import find_database
from countersign.config import Config
from countersign.ports.decisions import DecisionStore
from countersign.ports.leaks import LeakCounts, LeakStore
from countersign.ports.rooms import RoomStore
from countersign.ports.server_keys import ServerKeyStore

_DAY_MS: Final = 24 * 3_600 * 1_000


@asynccontextmanager
async def open_decisions(config: Config) -> AsyncIterator[DecisionStore]:
    """Open the decisions for reading; the server may run meanwhile."""
    async with open_database(config) as database:
        yield SqliteDecisionStore(database)


@asynccontextmanager
async def open_rooms(config: Config) -> AsyncIterator[RoomStore]:
    """Open the rooms for reading; the server may run meanwhile."""
    async with open_database(config) as database:
        yield SqliteRoomStore(database)


@asynccontextmanager
async def open_leaks(config: Config) -> AsyncIterator[LeakStore]:
    """Open the leaks for reading; the server may run meanwhile."""
    async with open_database(config) as database:
        yield SqliteLeakStore(database)


async def count_leaks(config: Config) -> LeakCounts:
    """Count the leaks of the last day, and what came of their hand-overs.

    Raises:
        DatabaseUnusable, StoreUnavailable: they cannot be read.
    """
    async with open_leaks(config) as store:
        return await store.counts(SystemClock().now_ts() - _DAY_MS)


@asynccontextmanager
async def open_server_keys(config: Config) -> AsyncIterator[ServerKeyStore]:
    """Open what we know of other servers' keys; the server may run meanwhile."""
    async with open_database(config) as database:
        yield SqliteServerKeyStore(database)


@asynccontextmanager
async def open_database(config: Config) -> AsyncIterator[SqliteDatabase]:
    """Open the database, made and migrated first if need be.

    Raises:
        DatabaseUnusable: says what to do about it.
    """
    path = find_database(config)
    prepare_database(path)
    database = SqliteDatabase(path)
    try:
        yield database
    finally:
        await database.close()
