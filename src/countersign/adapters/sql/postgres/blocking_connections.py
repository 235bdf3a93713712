"""Blocking interface to an asyncpg connection, for `Work` that is also written for SQLite."""

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
    """Rows that a statement returned, and the number of those changed; a `database.Cursor`."""

    def __init__(self, rows: Sequence[asyncpg.Record], rowcount: int) -> None:
        self._rows = iter(rows)
        self.rowcount = rowcount

    def fetchone(self) -> asyncpg.Record | None:
        """Return the next row; None if there is none."""
        return next(self._rows, None)

    def fetchall(self) -> list[asyncpg.Record]:
        """Return the remaining rows."""
        return list(self._rows)

    def __iter__(self) -> Iterator[asyncpg.Record]:
        return self._rows


class Wait(Protocol):
    """Function that runs a coroutine of the driver to its end."""

    def __call__(self, doing: Coroutine[Any, Any, T], /) -> T:
        """Block until the coroutine has ended; return its value."""
        ...


class BlockingConnection:
    """`database.Connection` for the thread whose event loop drives the connection."""

    def __init__(self, wait: "Wait", driver: Driver) -> None:
        self._wait = wait
        self._driver = driver
        self._streams: Counter[str] = Counter()

    def execute(self, query: str, values: Values = (), /) -> Rows:
        """See `Connection.execute`."""
        statement = translated_statement(query)
        arguments = statement.values(values)
        if statement.returns_rows:
            rows = self._wait(self._driver.fetch(statement.text, *arguments))
            return Rows(rows, len(rows))
        status = self._wait(self._driver.execute(statement.text, *arguments))
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
        # The driver caches the columns of a FETCH by its text, also beyond this transaction. So
        # each name stands for one statement, and for each of its streams that are open at once.
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
