"""Transactions that run blocking `Work` in threads, as on SQLite.

Each thread has a connection, and an event loop that runs while a statement is executed. So the same
work runs on both databases, and the server's own event loop is not blocked.
"""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from time import sleep
from typing import Any, Final, TypeVar

import asyncpg

from countersign.adapters.sql.database import Work
from countersign.adapters.sql.errors import DatabaseUnusable
from countersign.adapters.sql.postgres.blocking_connections import BlockingConnection
from countersign.adapters.sql.postgres.connection_errors import (
    CONFLICTS,
    DRIVER_TROUBLE,
    as_unavailable,
    is_connection_lost,
)
from countersign.adapters.sql.postgres.connections import (
    Connector,
    Isolation,
    PostgresConnection,
)
from countersign.ports.errors import StoreUnavailable

T = TypeVar("T")

READING: Final[Isolation] = "repeatable read, read only"
_ATTEMPTS: Final = 8
_PAUSE_SECONDS: Final = 0.01
_LOOK_SECONDS: Final = 2.0
"""Time without an answer after which another connection tests if the server is only slow."""
_CLOSE_SECONDS: Final = 5.0
"""Time limit for waiting writes when the database is closed."""


class Session:
    """A connection and the event loop that drives it, used by one thread at a time."""

    def __init__(self, connector: Connector, isolation: Isolation, *, statement_ms: int) -> None:
        self._connector = connector
        self._isolation = isolation
        self._statement_ms = statement_ms
        self._loop = asyncio.new_event_loop()
        self._held: PostgresConnection | None = None
        self._looking: asyncio.Task[None] | None = None

    def run(self, work: Work[T]) -> T:
        """Run `work` in a transaction; repeat it after a conflict, or if an old connection is lost.

        Raises:
            StoreUnavailable: nothing is known to be stored.
        """
        for attempt in range(1, _ATTEMPTS + 1):
            connection, is_new = self._connection()
            is_done = False
            try:
                transaction = connection.transaction(self._isolation)
                self._wait(transaction.__aenter__())
                try:
                    value = work(BlockingConnection(self._wait, connection.driver))
                except BaseException as error:
                    with suppress(type(error)):
                        self._wait(transaction.__aexit__(type(error), error, error.__traceback__))
                    raise
                is_done = True
                self._wait(transaction.__aexit__(None, None, None))
            except DRIVER_TROUBLE as error:
                if is_connection_lost(error) or connection.driver.is_closed():
                    self.disconnect()
                    # An old connection may have been lost before. After COMMIT the outcome is
                    # unknown.
                    may_repeat = not is_new and not is_done
                else:
                    may_repeat = isinstance(error, CONFLICTS)
                if not may_repeat or attempt == _ATTEMPTS:
                    raise as_unavailable(self._connector.address, error) from error
                sleep(_PAUSE_SECONDS * (attempt - 1))
            else:
                return value
        raise AssertionError  # the last attempt returns or raises

    def stream(self, query: str, values: Mapping[str, Any]) -> Iterator[asyncpg.Record]:
        """Yield the rows of a query in batches.

        Raises:
            StoreUnavailable: the rows can't be read, at the start or later.
        """
        connection, _ = self._connection()
        transaction = connection.transaction(self._isolation)
        try:
            self._wait(transaction.__aenter__())
            yield from BlockingConnection(self._wait, connection.driver).stream(query, values)
            self._wait(transaction.__aexit__(None, None, None))
        except DRIVER_TROUBLE as error:
            raise as_unavailable(self._connector.address, error) from error

    def _wait(self, doing: Coroutine[Any, Any, T]) -> T:
        """Block until the coroutine has ended, or until the server stops answering.

        A long statement and a server that hangs look alike. So every two seconds another connection
        tests if the server answers; if not, this connection is closed and the statement fails.
        """
        later = self._loop.call_later(_LOOK_SECONDS, self._start_to_look)
        try:
            return self._loop.run_until_complete(doing)
        finally:
            later.cancel()
            if self._looking is not None:
                self._looking.cancel()
                self._loop.run_until_complete(asyncio.wait((self._looking,)))
                self._looking = None

    def _start_to_look(self) -> None:
        self._looking = self._loop.create_task(self._look())

    async def _look(self) -> None:
        is_answering = True
        while is_answering:
            is_answering = await self._connector.is_answering()
            if is_answering:
                await asyncio.sleep(_LOOK_SECONDS)
        self.disconnect()

    def interrupt(self) -> None:
        """Drop the connection, from any thread, also in the middle of a statement."""
        with suppress(RuntimeError):  # the loop is closed, so nothing is running
            self._loop.call_soon_threadsafe(self.disconnect)

    def _connection(self) -> tuple[PostgresConnection, bool]:
        """Return the connection; True if it is new."""
        if self._held is not None and not self._held.driver.is_closed():
            return self._held, False
        try:
            self._held = self._loop.run_until_complete(
                self._connector.connect(statement_ms=self._statement_ms)
            )
        except DatabaseUnusable as error:
            raise as_unavailable(self._connector.address, error) from error
        return self._held, True

    def disconnect(self) -> None:
        """Drop the connection without telling the server."""
        connection, self._held = self._held, None
        if connection is not None:
            connection.driver.terminate()

    def close(self) -> None:
        """Close the connection in an orderly way, and the event loop."""
        connection, self._held = self._held, None
        if connection is not None:
            self._loop.run_until_complete(connection.close())
        # One round, so that a dropped connection can close its socket.
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()


def note_end(done: "asyncio.Future[Any]") -> None:
    """Retrieve the exception of a future that may not be awaited any more."""
    if not done.cancelled():
        done.exception()


class Sessions:
    """Threads that run work in transactions, with a limit on waiting work.

    Args:
        connector: opens the connections.
        isolation: the isolation level of the transactions.
        name: the name of the threads.
        threads: their number; with one thread, work runs in the order of the calls.
        max_waiting: the maximum number of calls, those that run included.
        statement_ms: the maximum time of one statement, in milliseconds.
    """

    def __init__(
        self,
        connector: Connector,
        isolation: Isolation,
        *,
        name: str,
        threads: int,
        max_waiting: int,
        statement_ms: int,
    ) -> None:
        self._connector = connector
        self._isolation = isolation
        self._statement_ms = statement_ms
        self._max_waiting = max_waiting
        self._waiting = 0
        self._threads = ThreadPoolExecutor(threads, f"countersign-{name}")
        self._own = threading.local()
        self._sessions: list[Session] = []
        self._is_open = True
        self._is_late = False

    async def run(self, work: Callable[..., T]) -> T:
        """Run `work` in a thread, in a transaction, and return its value.

        Raises:
            StoreUnavailable: too many calls wait, or the database fails.
        """
        if not self._is_open:
            raise StoreUnavailable("The database is closed.")
        if self._waiting >= self._max_waiting:
            raise StoreUnavailable("Too much waits for the database.")
        self._waiting += 1
        future = asyncio.get_running_loop().run_in_executor(self._threads, self._run, work)
        future.add_done_callback(self._note_done)
        return await asyncio.shield(future)

    def _note_done(self, future: "asyncio.Future[Any]") -> None:
        self._waiting -= 1
        note_end(future)

    def _run(self, work: Work[T]) -> T:
        if self._is_late:
            raise StoreUnavailable("The database is closed.")
        session: Session | None = getattr(self._own, "session", None)
        if session is None:
            session = Session(self._connector, self._isolation, statement_ms=self._statement_ms)
            self._own.session = session
            self._sessions.append(session)
        return session.run(work)

    def close(self) -> None:
        """Finish waiting work, within a few seconds, then close the connections; blocks."""
        self._is_open = False
        late = threading.Timer(_CLOSE_SECONDS, self._give_up)
        late.start()
        self._threads.shutdown()
        late.cancel()
        late.join()
        for session in self._sessions:
            session.close()

    def _give_up(self) -> None:
        self._is_late = True
        for session in list(self._sessions):
            session.interrupt()
