"""Look-ups of single rows, with one statement for all that are asked for in a round of the loop."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable, Mapping, Sequence
from typing import Any, Final, Generic, TypeAlias, TypeVar

import asyncpg

from countersign.adapters.sql.postgres.connection_errors import (
    as_unavailable,
)
from countersign.adapters.sql.postgres.pool import Pool
from countersign.adapters.sql.postgres.statements import escaped
from countersign.adapters.sql.queries import get_query
from countersign.ports.errors import StoreUnavailable
from countersign.ports.event_loop.short_waits import ShortWait

K = TypeVar("K", bound=Hashable)
Find: TypeAlias = Callable[[Mapping[str, Any]], Coroutine[Any, Any, asyncpg.Record | None]]
"""Finds the row of a query with some values."""

_FIND_DECISIONS: Final = "SELECT * FROM recorded_decisions WHERE key = ANY ($1)"
_FIND_TRUST: Final = """
SELECT found.* FROM unnest(CAST($1 AS text[]), CAST($2 AS text[])) AS wanted (community, user_id)
CROSS JOIN LATERAL (
    SELECT * FROM acquaintances
    WHERE community = wanted.community AND user_id = wanted.user_id
    OFFSET 0
) AS found
"""
"""`OFFSET 0` has each row looked up by the index, whatever is guessed of the size of the table."""
STATEMENTS: Final[tuple[tuple[Any, ...], ...]] = ((_FIND_DECISIONS, []), (_FIND_TRUST, [], []))
"""The statements, with values that find nothing."""
_SECONDS: Final = 2.5
_AT_ONCE: Final = 2
"""Maximum number of statements at once; further look-ups wait for the next one."""
_MAX_WAITING: Final = 10_000


class Finder(Generic[K]):
    """Finds rows by their keys. For one event loop.

    Args:
        pool: provides the connections.
        statement: the query for the rows of several keys.
        arguments: returns its arguments for keys.
        key_of: returns the key of a row.
    """

    def __init__(
        self,
        pool: Pool,
        statement: str,
        *,
        arguments: Callable[[Sequence[K]], Sequence[list[Any]]],
        key_of: Callable[[asyncpg.Record], K],
    ) -> None:
        self._pool = pool
        self._statement = statement
        self._arguments = arguments
        self._key_of = key_of
        self._waiting: dict[K, list[ShortWait[asyncpg.Record | None]]] = {}
        self._number_waiting = 0
        self._under_way: set[asyncio.Task[None]] = set()

    async def find(self, key: K) -> asyncpg.Record | None:
        """Return the row with this key; None if there is none. It waits without a task.

        Raises:
            StoreUnavailable: the database can't be read now.
        """
        if self._number_waiting >= _MAX_WAITING:
            raise StoreUnavailable("Too much waits for the database.")
        loop = asyncio.get_running_loop()
        waiter: ShortWait[asyncpg.Record | None] = ShortWait(loop=loop)
        self._waiting.setdefault(key, []).append(waiter)
        self._number_waiting += 1
        # A task that has ended is in the set until its callback runs, and finds nothing any more.
        if sum(not task.done() for task in self._under_way) < _AT_ONCE:
            task = loop.create_task(self._work())
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
        return await waiter

    async def _work(self) -> None:
        while self._waiting:
            await asyncio.sleep(0)  # so that all look-ups of this round are in the statement
            waiting = self._take_waiting()
            try:
                async with asyncio.timeout(_SECONDS):
                    rows = await self._fetch(list(waiting))
            except Exception as error:  # noqa: BLE001 - all callers must get an answer
                # Those that came meanwhile would have to wait as long again, which exceeds their
                # time limit.
                for waiters in (*waiting.values(), *self._take_waiting().values()):
                    for waiter in waiters:
                        if not waiter.done():
                            failure = as_unavailable(self._pool.address, error)
                            failure.__cause__ = error
                            waiter.set_exception(failure)
                continue
            row_of_key = {self._key_of(row): row for row in rows}
            for key, waiters in waiting.items():
                row = row_of_key.get(key)
                for waiter in waiters:
                    if not waiter.done():  # a caller may have been cancelled
                        waiter.set_result(row)

    def _take_waiting(self) -> dict[K, list[ShortWait[asyncpg.Record | None]]]:
        waiting, self._waiting, self._number_waiting = self._waiting, {}, 0
        return waiting

    async def _fetch(self, keys: list[K]) -> list[asyncpg.Record]:
        if not keys:
            return []
        arguments = self._arguments(keys)
        rows: list[asyncpg.Record] = await self._pool.read(
            lambda driver: driver.fetch(self._statement, *arguments)
        )
        return rows


def grouped_finders(pool: Pool) -> dict[str, Find]:
    """Return finders of the rows that decisions wait for, by query.

    Args:
        pool: provides the connections.
    """
    decisions = Finder[bytes](
        pool,
        _FIND_DECISIONS,
        arguments=lambda keys: (list(keys),),
        key_of=lambda row: row["key"],
    )
    trust = Finder[tuple[str, str]](
        pool,
        _FIND_TRUST,
        arguments=lambda keys: (
            [escaped(community) for community, _ in keys],
            [escaped(user_id) for _, user_id in keys],
        ),
        key_of=lambda row: (row["community"], row["user_id"]),
    )
    return {
        get_query("find_decision"): lambda values: decisions.find(values["key"]),
        get_query("find_trust"): lambda values: trust.find(
            (values["community"], values["user_id"])
        ),
    }
