"""`Database` on SQLite: one writer, a reader on the event loop, and threads for slow reads."""

import asyncio
import sqlite3
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Final, TypeVar

from countersign.adapters.sql.connections import HeldConnection, SqliteConnection, connect_reader
from countersign.adapters.sql.database import NewDecision
from countersign.adapters.sql.errors import DRIVER_ERRORS, as_unavailable, translated
from countersign.adapters.sql.fences import fenced
from countersign.adapters.sql.interned_names import NameNumbers
from countersign.adapters.sql.queries import get_query
from countersign.adapters.sql.scrubbing import MAX_REBUILT_BYTES, empty_log, scrub
from countersign.adapters.sql.write_trouble import WriteTrouble
from countersign.adapters.sql.writer import Work, Writer
from countersign.ports.errors import StoreUnavailable
from countersign.ports.event_loop.busy_threads import short_turns

T = TypeVar("T")

_WATCH_SECONDS: Final = 5.0
_WATCH_TROUBLE_SECONDS: Final = 1.0
_LOOK_SECONDS: Final = 0.1
"""Interval in seconds between checks whether the file of quick reads was replaced.

A decision found in a file that was just replaced was valid. A missed one is found when the decision
is recorded, since the writer checks before and after each commit.
"""
_SLOW_READERS: Final = 2
_MAX_SLOW_READS: Final = 32
_READ_STEP: Final = 1_000_000
_READ_STEPS: Final = 1_000
"""Maximum number of steps of SQLite's virtual machine for a slow read, some ten seconds."""


class SqliteDatabase:
    """An open database, shared by the stores; call `prepare_database` or `has_database` first.

    `find` is for the thread of one event loop; reads and writes may come from any loop.
    """

    rows_at_once: Final = 50
    """See `Database.rows_at_once`; 1,000 users' trust took the one writer 20 to 40 ms."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer = Writer(path)
        self._held: HeldConnection | None = None
        self._look_at, self._seen_connections = 0.0, 0
        self._slow_readers = ThreadPoolExecutor(_SLOW_READERS, "countersign-reader")
        self._slow_reads = 0
        self._opening: asyncio.Task[None] | None = None
        self._names = NameNumbers()

    @property
    def path(self) -> Path:
        """The database's file."""
        return self._path

    async def find(self, query: str, values: Mapping[str, Any]) -> sqlite3.Row | None:
        """See `Database.find`.

        It does not suspend, so callers continue in the same round of the event loop.

        Raises:
            StoreUnavailable: the database can't be read now.
        """
        try:
            row: sqlite3.Row | None = self._reader().execute(query, values).fetchone()
        except (StoreUnavailable, *DRIVER_ERRORS) as error:
            self._drop_reader()
            self._have_writer_open_database()
            raise as_unavailable(error) from error
        return row

    async def read_rows(self, query: str, values: Mapping[str, Any]) -> list[sqlite3.Row]:
        """See `Database.read_rows`.

        Raises:
            StoreUnavailable: the database can't be read now, or not in reasonable time.
        """
        return await self.read(lambda driver: driver.execute(query, values).fetchall())

    async def write_rows(self, query: str, values: Mapping[str, Any]) -> int:
        """See `Database.write_rows`.

        Raises:
            StoreUnavailable: the database can't be written now.
        """
        return await self.write(lambda driver: driver.execute(query, values).rowcount)

    async def read(self, work: Callable[[SqliteConnection], T]) -> T:
        """See `Database.read`.

        Raises:
            StoreUnavailable: the database can't be read now, or not in reasonable time.
        """
        if self._slow_reads >= _MAX_SLOW_READS:
            raise StoreUnavailable("Too many reads wait for the database.")
        self._slow_reads += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._slow_readers, self._read, work)
        finally:
            self._slow_reads -= 1

    async def write(self, work: Work[T]) -> T:
        """See `Database.write`.

        Args:
            work: may run more than once; must leave transactions alone.

        Raises:
            StoreUnavailable: nothing is known to be stored.
        """
        return await self._writer.run(fenced(work))

    def record_decision(self, row: NewDecision) -> Coroutine[Any, Any, sqlite3.Row | None]:
        """See `Database.record_decision`."""
        return self._writer.run_with_all(self._insert_decisions, row)

    def while_writing(self, work: Callable[[], None]) -> None:
        """See `Database.while_writing`; the commit's flush of the disk takes longest."""
        self._writer.meanwhile.add(work)

    def forget_name(self, name: str) -> None:
        """See `Database.forget_name`."""
        self._names.forget(name)

    def on_takeover(self, on_takeover: Callable[[], None]) -> None:
        """See `Stores.on_takeover`; there is one server, this process."""

    async def empty_log(self) -> bool:
        """See `Database.empty_log`."""

        def empty() -> bool:
            with translated():
                return empty_log(self._path)

        return await asyncio.to_thread(empty)

    async def scrub(self, identifier: str, *, may_rebuild: bool) -> bool:
        """See `Database.scrub`."""

        def scrub_all() -> bool:
            with translated():
                is_small = self._path.stat().st_size <= MAX_REBUILT_BYTES
                return scrub(self._path, identifier, may_rebuild=may_rebuild or is_small)

        return await asyncio.to_thread(scrub_all)

    @property
    def trouble(self) -> WriteTrouble:
        """The record of whether writes succeed."""
        return self._writer.trouble

    async def watch(self) -> None:
        """See `Database.watch`; it writes a page without changing it.

        Trouble shows before somebody needs the database, and goes once it has passed.
        """
        while True:
            with suppress(StoreUnavailable):  # the writer notes it
                await self._writer.run(_write_the_same)
            pause = _WATCH_SECONDS if self.trouble.find() is None else _WATCH_TROUBLE_SECONDS
            await asyncio.sleep(pause)

    async def close(self) -> None:
        """See `Database.close`."""
        await asyncio.to_thread(self._writer.close)
        self._slow_readers.shutdown()
        self._drop_reader()

    def _reader(self) -> sqlite3.Connection:
        now, connections = asyncio.get_running_loop().time(), self._writer.connections
        if self._held is not None:
            if now < self._look_at and connections == self._seen_connections:
                return self._held.driver
            if not self._held.is_current():
                self._drop_reader()
        if self._held is None:
            self._held = connect_reader(self._path)
        self._look_at, self._seen_connections = now + _LOOK_SECONDS, connections
        return self._held.driver

    def _have_writer_open_database(self) -> None:
        """Have the writer open the database: it can restore a lost log, a reader cannot."""
        if self._opening is None or self._opening.done():
            self._opening = asyncio.get_running_loop().create_task(self._write_nothing())

    async def _write_nothing(self) -> None:
        with suppress(StoreUnavailable):
            await self._writer.run(lambda _: None)

    def _drop_reader(self) -> None:
        connection, self._held = self._held, None
        if connection is not None:
            connection.close()

    def _read(self, work: Callable[[SqliteConnection], T]) -> T:
        with short_turns(), translated(), closing(connect_reader(self._path)) as connection:
            connection.driver.set_progress_handler(_StepBudget(_READ_STEPS).spend, _READ_STEP)
            connection.driver.execute("BEGIN")  # so that all reads see the same snapshot
            return work(connection.driver)

    def _insert_decisions(
        self, driver: SqliteConnection, rows: Sequence[NewDecision]
    ) -> list[sqlite3.Row | None]:
        """Insert rows; return the existing row for each key that has one, else None."""
        insert, find = get_query("insert_decision"), get_query("find_decision")
        standing: list[sqlite3.Row | None] = []
        for row in rows:
            numbers = self._names.numbers_of(driver, row.names)
            if driver.execute(insert, (*row.own, *numbers)).rowcount == 1:
                standing.append(None)
            else:
                standing.append(driver.execute(find, {"key": row.own[0]}).fetchone())
        return standing


def _write_the_same(driver: SqliteConnection) -> None:
    (number,) = driver.execute("PRAGMA application_id").fetchone()
    driver.execute(f"PRAGMA application_id = {number:d}")  # writes one page nevertheless


class _StepBudget:
    """Interrupts a query after too many steps of SQLite's virtual machine."""

    def __init__(self, steps: int) -> None:
        self._left = steps

    def spend(self) -> bool:
        self._left -= 1
        return self._left < 0
