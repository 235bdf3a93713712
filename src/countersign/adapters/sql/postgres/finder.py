"""Look-ups of decisions, with one statement for all that are asked for in a round of the loop."""

import asyncio
from typing import Any, Final

import asyncpg

from countersign.adapters.sql.postgres.connection_errors import (
    as_unavailable,
)
from countersign.adapters.sql.postgres.pool import Pool
from countersign.adapters.sql.postgres.sessions import note_end
from countersign.ports.errors import StoreUnavailable

_FIND: Final = "SELECT * FROM recorded_decisions WHERE key = ANY ($1)"
_SECONDS: Final = 2.5
_AT_ONCE: Final = 2
"""Maximum number of statements at once; further look-ups wait for the next one."""
_MAX_WAITING: Final = 10_000


class DecisionFinder:
    """Finds decisions by their keys. For one event loop.

    Args:
        pool: provides the connections.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._waiting: dict[bytes, asyncio.Future[Any]] = {}
        self._under_way: set[asyncio.Task[None]] = set()

    async def find(self, key: bytes) -> asyncpg.Record | None:
        """Return the decision with this key; None if there is none.

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
        # Several callers may wait for it; if one is cancelled, the others still get the result.
        found: asyncpg.Record | None = await asyncio.shield(waiter)
        return found

    async def _work(self) -> None:
        while self._waiting:
            await asyncio.sleep(0)  # so that all look-ups of this round are in the statement
            wanted, self._waiting = self._waiting, {}
            try:
                async with asyncio.timeout(_SECONDS):
                    rows = await self._fetch(list(wanted))
            except Exception as error:  # noqa: BLE001 - all callers must get an answer
                # Those that came meanwhile would have to wait as long again, which exceeds their
                # time limit.
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
        rows: list[asyncpg.Record] = await self._pool.read(lambda driver: driver.fetch(_FIND, keys))
        return rows
