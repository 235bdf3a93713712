"""A connection to PostgreSQL as the blocking connection that work is written for."""

from collections import Counter
from collections.abc import Coroutine, Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import Any, Final, Protocol, TypeVar

import asyncpg

from countersign.adapters.sql.database import Values
from countersign.adapters.sql.postgres.connections import Driver
from countersign.adapters.sql.postgres.statements import translated_statement

T = TypeVar("T")

_STREAMED_ROWS: Final = 500


class Rows:
    """Implements `database.Cursor`: the rows of a statement, and how many it changed."""

    def __init__(self, rows: Sequence[asyncpg.Record], rowcount: int) -> None:
        self._rows = iter(rows)
        self.rowcount = rowcount

    def fetchone(self) -> asyncpg.Record | None:
        """Return the next row; None if there is none."""
        return next(self._rows, None)

    def fetchall(self) -> list[asyncpg.Record]:
        """Return the rows that are left."""
        return list(self._rows)

    def __iter__(self) -> Iterator[asyncpg.Record]:
        return self._rows


class Wait(Protocol):
    """Blocks until something that the driver does is done, and returns its value."""

    def __call__(self, doing: Coroutine[Any, Any, T], /) -> T:
        """Block until it is done."""
        ...


class BlockingConnection:
    """Implements `database.Connection`, for the thread whose event loop it is."""

    def __init__(self, wait: "Wait", driver: Driver) -> None:
        self._wait = wait
        self._driver = driver
        self._streams: Counter[str] = Counter()

    def execute(self, query: str, values: Values = (), /) -> Rows:
        """See `Connection.execute`."""
        statement = translated_statement(query)
        given = statement.values(values)
        if statement.returns_rows:
            rows = self._wait(self._driver.fetch(statement.text, *given))
            return Rows(rows, len(rows))
        status = self._wait(self._driver.execute(statement.text, *given))
        number = status.rpartition(" ")[2]
        return Rows((), int(number) if number.isdigit() else 0)

    def executemany(self, query: str, values: Iterable[Values], /) -> None:
        """See `Connection.executemany`."""
        statement = translated_statement(query)
        rows = [statement.values(each) for each in values]
        if rows:
            self._wait(self._driver.executemany(statement.text, rows))

    def stream(self, query: str, values: Mapping[str, Any], /) -> Iterator[asyncpg.Record]:
        """See `Connection.stream`."""
        statement = translated_statement(query)
        # The driver keeps what it learned of the columns by the text of a FETCH, beyond this
        # transaction: so a name must stand for one statement, and for each open stream of it.
        self._streams[statement.text] += 1
        digest = blake2b(statement.text.encode(), digest_size=12).hexdigest()
        name = f"stream_{digest}_{self._streams[statement.text]}"
        self._wait(
            self._driver.execute(
                f"DECLARE {name} NO SCROLL CURSOR FOR {statement.text}", *statement.values(values)
            )
        )
        fetch = f"FETCH FORWARD {_STREAMED_ROWS} FROM {name}"
        while rows := self._wait(self._driver.fetch(fetch)):
            yield from rows
