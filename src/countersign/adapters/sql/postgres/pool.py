"""Pool of connections for the quick statements of one event loop."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from countersign.adapters.sql.postgres.addresses import PostgresAddress
from countersign.adapters.sql.postgres.connection_errors import DRIVER_TROUBLE, is_connection_lost
from countersign.adapters.sql.postgres.connections import Connector, Driver, PostgresConnection
from countersign.ports.errors import StoreUnavailable

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Borrowed:
    """A connection that is lent for one use; `is_new` if it was opened for this use."""

    connection: PostgresConnection
    is_new: bool


class Pool:
    """Lends connections, the last returned first. For one event loop.

    Args:
        connector: opens the connections.
        size: their maximum number; further users wait.
        max_waiting: the maximum number of users, those that wait included.
        statement_ms: the maximum time of one statement, in milliseconds.
        statements: those to be prepared on each connection; see `Connector.connect`.
    """

    def __init__(
        self,
        connector: Connector,
        *,
        size: int,
        max_waiting: int,
        statement_ms: int,
        statements: Sequence[Sequence[Any]] = (),
    ) -> None:
        self._connector = connector
        self._statement_ms = statement_ms
        self._statements = tuple(statements)
        self._places = asyncio.Semaphore(size)
        self._max_waiting = max_waiting
        self._users = 0
        self._idle: list[PostgresConnection] = []

    @property
    def address(self) -> PostgresAddress:
        """The database's address."""
        return self._connector.address

    @asynccontextmanager
    async def borrowed(self) -> AsyncIterator[Borrowed]:
        """Lend a connection for a `with` block. A connection that failed in it is not lent again.

        Raises:
            StoreUnavailable: the database can't be reached, or too many users wait.
            DatabaseUnusable: an operator has to act first; the message says what to do.
        """
        if self._users >= self._max_waiting:
            raise StoreUnavailable("Too much waits for the database.")
        self._users += 1
        try:
            async with self._places:
                borrowed = await self._take()
                try:
                    yield borrowed
                except DRIVER_TROUBLE as error:
                    if is_connection_lost(error):
                        borrowed.connection.driver.terminate()
                        self._drop_idle()  # probably lost for the same reason
                    raise
                except BaseException:
                    borrowed.connection.driver.terminate()  # a statement may be under way
                    raise
                finally:
                    if not borrowed.connection.driver.is_closed():
                        self._idle.append(borrowed.connection)
        finally:
            self._users -= 1

    async def read(self, read: Callable[[Driver], Awaitable[T]]) -> T:
        """Read over a lent connection; once more if one from before turns out to be lost.

        Args:
            read: runs a statement that changes nothing.

        Raises:
            StoreUnavailable, DatabaseUnusable: see `borrowed`.
            asyncpg.PostgresError, OSError, TimeoutError: the statement failed.
        """
        for is_last in (False, True):
            is_new = True
            try:
                async with self.borrowed() as borrowed:
                    is_new = borrowed.is_new
                    return await read(borrowed.connection.driver)
            except DRIVER_TROUBLE as error:
                if is_last or is_new or not is_connection_lost(error):
                    raise
        raise AssertionError  # the last attempt returns or raises

    async def close(self) -> None:
        """Close the connections; none of them is lent any more."""
        idle, self._idle = self._idle, []
        await asyncio.gather(*(connection.close() for connection in idle))

    async def _take(self) -> Borrowed:
        while self._idle:
            connection = self._idle.pop()
            if not connection.driver.is_closed():
                return Borrowed(connection, is_new=False)
        connection = await self._connector.connect(
            statement_ms=self._statement_ms, has_fixed_plans=True, statements=self._statements
        )
        return Borrowed(connection, is_new=True)

    def _drop_idle(self) -> None:
        idle, self._idle = self._idle, []
        for connection in idle:
            connection.driver.terminate()
