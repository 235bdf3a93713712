"""`Database` on PostgreSQL: quick statements on the event loop, other work in threads."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any, Final, TypeVar

import asyncpg

from countersign.adapters.sql.database import Connection, NewDecision, Work
from countersign.adapters.sql.errors import DatabaseUnusable
from countersign.adapters.sql.fences import fenced
from countersign.adapters.sql.postgres import finder, recorder
from countersign.adapters.sql.postgres.addresses import PostgresAddress
from countersign.adapters.sql.postgres.connection_errors import (
    DRIVER_TROUBLE,
    as_unavailable,
    is_mistake,
)
from countersign.adapters.sql.postgres.connections import Connector
from countersign.adapters.sql.postgres.pool import Pool
from countersign.adapters.sql.postgres.sessions import READING, Session, Sessions, note_end
from countersign.adapters.sql.postgres.statements import translated_statement
from countersign.adapters.sql.write_trouble import WriteTrouble
from countersign.ports.errors import StoreUnavailable
from countersign.ports.event_loop.busy_threads import in_short_turns
from countersign.ports.event_loop.meanwhile import after_rounds

T = TypeVar("T")

_WATCH_SECONDS: Final = 5.0
_WATCH_TROUBLE_SECONDS: Final = 1.0
_QUICK_MS: Final = 2_000
_QUICK_SECONDS: Final = 2.5
_SLOW_MS: Final = 10_000
_WRITE_MS: Final = 20_000
_QUICK_CONNECTIONS: Final = 4
_MAX_QUICK: Final = 5_000
_SLOW_READERS: Final = 2
_MAX_SLOW_READS: Final = 32
_MAX_WRITES: Final = 10_000


class PostgresDatabase:
    """An open database, shared by the stores: implements `database.Database`.

    It has up to eight connections: one to record decisions, four for quick reads, two for slow
    reads, one for all other writes. It is used from one event loop.
    """

    rows_at_once: Final = 500
    """See `Database.rows_at_once`; decisions have a connection of their own."""

    def __init__(self, address: PostgresAddress) -> None:
        self._connector = Connector(address)
        self._trouble = WriteTrouble(f"the database {address}", None)
        self._quick = Pool(
            self._connector,
            size=_QUICK_CONNECTIONS,
            max_waiting=_MAX_QUICK,
            statement_ms=_QUICK_MS,
            statements=finder.STATEMENTS,
        )
        self._finders = finder.grouped_finders(self._quick)
        self._recording = Pool(
            self._connector,
            size=1,
            max_waiting=2,
            statement_ms=_QUICK_MS,
            statements=recorder.STATEMENTS,
        )
        self._recorder = recorder.Recorder(
            self._recording, self._trouble, self._connector.timelines
        )
        self._readers = Sessions(
            self._connector,
            READING,
            name="reader",
            threads=_SLOW_READERS,
            max_waiting=_MAX_SLOW_READS,
            statement_ms=_SLOW_MS,
        )
        self._writer = Sessions(
            self._connector,
            "serializable",
            name="writer",
            threads=1,
            max_waiting=_MAX_WRITES,
            statement_ms=_WRITE_MS,
        )

    @property
    def address(self) -> PostgresAddress:
        """The database's address."""
        return self._connector.address

    async def find(self, query: str, values: Mapping[str, Any]) -> asyncpg.Record | None:
        """See `Database.find`.

        The query runs in a task of its own: some callers run outside any task, and a cancelled
        caller must not interrupt the use of a connection.
        """
        find_grouped = self._finders.get(query)
        if find_grouped is not None:
            return await find_grouped(values)
        finding = asyncio.get_running_loop().create_task(self._find(query, values))
        finding.add_done_callback(note_end)
        return await asyncio.shield(finding)

    async def _find(self, query: str, values: Mapping[str, Any]) -> asyncpg.Record | None:
        statement = translated_statement(query)
        arguments = statement.values(values)
        try:
            async with asyncio.timeout(_QUICK_SECONDS):  # for both attempts together
                return await self._quick.read(
                    lambda driver: driver.fetchrow(statement.text, *arguments)
                )
        except (*DRIVER_TROUBLE, StoreUnavailable, DatabaseUnusable) as error:
            raise as_unavailable(self.address, error) from error

    async def read_rows(self, query: str, values: Mapping[str, Any]) -> list[Any]:
        return await self.read(lambda connection: connection.execute(query, values).fetchall())

    async def write_rows(self, query: str, values: Mapping[str, Any]) -> int:
        return await self.write(lambda connection: connection.execute(query, values).rowcount)

    async def read(self, work: Callable[[Connection], T]) -> T:
        return await self._readers.run(lambda connection: in_short_turns(work, connection))

    def read_blocking(self, query: str, values: Mapping[str, Any]) -> Iterator[asyncpg.Record]:
        """Yield the rows of a query to a blocking caller, over a connection of its own.

        Raises:
            StoreUnavailable: the rows can't be read, at the start or later.
        """
        session = Session(self._connector, READING, statement_ms=_SLOW_MS)
        try:
            yield from session.stream(query, values)
        finally:
            session.close()

    async def write(self, work: Work[T]) -> T:
        try:
            value = await self._writer.run(fenced(work))
        except StoreUnavailable as error:
            if error.__cause__ is None or not is_mistake(error.__cause__):
                self._trouble.note(StoreUnavailable(str(error)))
            raise
        if self._trouble.is_noted:
            self._trouble.note(None)
        return value

    async def record_decision(self, row: NewDecision) -> asyncpg.Record | None:
        return await self._recorder.record(row)

    def while_writing(self, work: Callable[[], None]) -> None:
        """See `Database.while_writing`; the statement is on its way after some rounds."""
        after_rounds(work)

    def forget_name(self, name: str) -> None:
        """See `Database.forget_name`; nothing to do, since no numbers are cached."""

    async def empty_log(self) -> bool:
        """See `Database.empty_log`; nothing to do, since the server recycles its log."""
        return True

    async def scrub(self, identifier: str, *, may_rebuild: bool) -> bool:  # noqa: ARG002
        """See `Database.scrub`; deleted rows stay in the files until the server's next VACUUM."""
        return False

    def on_takeover(self, on_takeover: Callable[[], None]) -> None:
        """See `Stores.on_takeover`."""
        self._connector.timelines.listen(on_takeover)

    @property
    def trouble(self) -> WriteTrouble:
        """The record of whether writes succeed."""
        return self._trouble

    async def watch(self) -> None:
        while True:
            with suppress(StoreUnavailable):  # WriteTrouble has it
                await self.write(_write_nothing)
            # A pooler keeps our connections when the server behind it changes.
            with suppress(*DRIVER_TROUBLE, StoreUnavailable, DatabaseUnusable):
                await self._quick.read(self._connector.timelines.look)
            pause = _WATCH_SECONDS if self._trouble.find() is None else _WATCH_TROUBLE_SECONDS
            await asyncio.sleep(pause)

    async def close(self) -> None:
        await self._recorder.close()
        await asyncio.gather(
            asyncio.to_thread(self._writer.close),
            asyncio.to_thread(self._readers.close),
            self._recording.close(),
            self._quick.close(),
        )


def _write_nothing(connection: Connection) -> None:
    """Write a message without meaning to the log, so that the commit waits for the disk.

    The first statement fails if decisions alone can't be written, as when their table is locked.
    """
    connection.execute("INSERT INTO decisions (key) SELECT key FROM decisions WHERE false")
    connection.execute("SELECT pg_logical_emit_message(true, 'countersign', 'watch')")
