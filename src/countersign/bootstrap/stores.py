"""The stores of one settings file, opened and closed again."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

from countersign.adapters.sql.sqlite import SqliteDatabase, has_database, prepare_database
from countersign.adapters.sql.stores.decisions import SqliteDecisionStore
from countersign.adapters.sql.stores.leaks import SqliteLeakStore
from countersign.adapters.sql.stores.moderation import SqliteModerationStore
from countersign.adapters.sql.stores.rooms import SqliteRoomStore
from countersign.adapters.sql.stores.trust import SqliteTrustStore
from countersign.adapters.system import SystemClock
from countersign.bootstrap.files import find_database
from countersign.config import Config
from countersign.policy.measures.allowances import Allowance
from countersign.ports.stores.decisions import DecisionReview, DecisionStore
from countersign.ports.stores.leaks import LeakCounts, LeakStore
from countersign.ports.stores.rooms import RoomStore
from countersign.ports.stores.trust import TrustStore


class StatisticsSource(NamedTuple):
    """The decisions, and what moderators allowed of the refused ones."""

    decisions: DecisionReview
    allowances: list[Allowance]


_DAY_MS: Final = 24 * 3_600 * 1_000


def now_ts() -> int:
    """Return the present moment in ms since the epoch, as decisions are dated."""
    return SystemClock().now_ts()


@asynccontextmanager
async def open_decisions(config: Config) -> AsyncIterator[DecisionStore]:
    """Open the decisions for reading; the server may run meanwhile."""
    async with _open_for_reading(config) as database:
        yield SqliteDecisionStore(database)


@asynccontextmanager
async def open_statistics(config: Config, since_ts: int) -> AsyncIterator[StatisticsSource]:
    """Open what statistics since a moment are made of; the server may run meanwhile."""
    async with _open_for_reading(config) as database:
        allowances = await SqliteModerationStore(database).allowances(since_ts=since_ts)
        yield StatisticsSource(SqliteDecisionStore(database), allowances)


@asynccontextmanager
async def open_trust_records(config: Config) -> AsyncIterator[TrustStore]:
    """Open what communities know of users, for reading; the server may run meanwhile."""
    async with _open_for_reading(config) as database:
        yield SqliteTrustStore(database)


@asynccontextmanager
async def open_rooms(config: Config) -> AsyncIterator[RoomStore]:
    """Open the rooms for reading; the server may run meanwhile."""
    async with _open_for_reading(config) as database:
        yield SqliteRoomStore(database)


@asynccontextmanager
async def open_leaks(config: Config) -> AsyncIterator[LeakStore]:
    """Open the leaks for reading; the server may run meanwhile."""
    async with _open_for_reading(config) as database:
        yield SqliteLeakStore(database)


async def count_leaks(config: Config) -> LeakCounts:
    """Count the leaks of the last day, and what came of their hand-overs.

    Raises:
        DatabaseUnusable, StoreUnavailable: they cannot be read.
    """
    async with open_leaks(config) as store:
        return await store.counts(SystemClock().now_ts() - _DAY_MS)


@asynccontextmanager
async def open_database(config: Config) -> AsyncIterator[SqliteDatabase]:
    """Open the database for a server, made and migrated first if need be.

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


@asynccontextmanager
async def _open_for_reading(config: Config) -> AsyncIterator[SqliteDatabase]:
    """Open the database for a command, which neither makes nor migrates it.

    Where there is none yet, an empty one stands in for it.

    Raises:
        DatabaseUnusable: says what to do about it.
    """
    path = find_database(config)
    with TemporaryDirectory(prefix="countersign-") as folder:
        if not has_database(path):
            path = Path(folder, path.name)
            prepare_database(path)
        database = SqliteDatabase(path)
        try:
            yield database
        finally:
            await database.close()
