"""Decisions that are found together: one statement for all who ask in one round of the loop."""

import asyncio
from typing import Any, Final

import asyncpg

from countersign.adapters.sql.errors import DatabaseUnusable
from countersign.adapters.sql.postgres.connection_errors import (
    DRIVER_TROUBLE,
    as_unavailable,
    is_connection_lost,
)
from countersign.adapters.sql.postgres.pool import Pool
from countersign.adapters.sql.postgres.sessions import note_end
from countersign.ports.errors import StoreUnavailable

_FIND: Final = "SELECT * FROM recorded_decisions WHERE key = ANY ($1)"
_SECONDS: Final = 2.5
_AT_ONCE: Final = 2
"""Statements that are under way at once; who comes meanwhile waits for the next one."""
_MAX_WAITING: Final = 10_000


class DecisionFinder:
    """Finds decisions by their keys. Belongs to one event loop.

    Args:
        pool: connections.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._waiting: dict[bytes, asyncio.Future[Any]] = {}
        self._under_way: set[asyncio.Task[None]] = set()

    async def find(self, key: bytes) -> asyncpg.Record | None:
        """Return the decision on a key; None if there is none.

        Raises:
            StoreUnavailable: the database can't be read now.
        """
        waiter = self._waiting.get(key)
        if waiter is None:
            if len(self._waiting) >= _MAX_WAITING:
                raise StoreUnavailable("Too much waits for the database.")
            loop = asyncio.get_running_loop()
            waiter = self._waiting[key] = loop.create_future()
            waiter.add_done_callback(note_end)
            if len(self._under_way) < _AT_ONCE:
                task = loop.create_task(self._work())
                self._under_way.add(task)
                task.add_done_callback(self._under_way.discard)
        # Several may wait for it, and one who gives up does not end it for the others.
        found: asyncpg.Record | None = await asyncio.shield(waiter)
        return found

    async def _work(self) -> None:
        while self._waiting:
            await asyncio.sleep(0)  # whoever asks in the same round is found with these
            wanted, self._waiting = self._waiting, {}
            try:
                async with asyncio.timeout(_SECONDS):
                    rows = await self._fetch(list(wanted))
            except Exception as error:  # noqa: BLE001 - whatever happens, whoever waits is told
                # Who came meanwhile would wait as long again, and has not that much time.
                wanted |= self._waiting
                self._waiting = {}
                for waiter in wanted.values():
                    failure = as_unavailable(self._pool.address, error)
                    failure.__cause__ = error
                    waiter.set_exception(failure)
                continue
            found = {row["key"]: row for row in rows}
            for key, waiter in wanted.items():
                waiter.set_result(found.get(key))

    async def _fetch(self, keys: list[bytes]) -> list[asyncpg.Record]:
        if not keys:
            return []
        for is_last in (False, True):
            is_new = True
            try:
                async with self._pool.borrowed() as borrowed:
                    is_new = borrowed.is_new
                    rows: list[asyncpg.Record] = await borrowed.connection.driver.fetch(_FIND, keys)
                    return rows
            except (*DRIVER_TROUBLE, StoreUnavailable, DatabaseUnusable) as error:
                if is_last or is_new or not is_connection_lost(error):
                    raise
        raise AssertionError  # the last attempt returns or raises
