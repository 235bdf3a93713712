"""Tables of a SQLite file that are copied to PostgreSQL or back."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

from countersign.adapters.sql.connections import open_driver
from countersign.adapters.sql.errors import DatabaseUnusable

ROWS_AT_ONCE: Final = 1_000
_FOLLOWING: Final = ("found_names", "found_scores", "found_until", "schema_compatibility")
"""Tables that are derived from others, or that each database has for itself."""


class TransferFailed(DatabaseUnusable):
    """Rows were not copied, or not all of them; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table that exists in both databases.

    Attributes:
        name: its name.
        columns: its columns in SQLite, in their order.
        key: the columns of its primary key.
    """

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]

    @property
    def is_numbered(self) -> bool:
        """True if the primary key is an ascending number, and most rows are never changed."""
        return self.key in (("number",), ("id",))


@contextmanager
def opened(file: Path) -> Iterator[sqlite3.Connection]:
    """Open a SQLite file for one transaction, in which all reads see the same snapshot."""
    try:
        with closing(open_driver(file, "rw")) as connection:
            connection.row_factory = None
            connection.execute("BEGIN")
            yield connection
            connection.execute("COMMIT")
    except sqlite3.Error as error:
        raise TransferFailed(f"{file} cannot be used: {error}.") from error


def files(file: Path, archive: Path) -> list[Path]:
    """Return the database file, and its archive file if that exists."""
    return [file, archive] if archive.exists() else [file]


def tables(sqlite: sqlite3.Connection) -> list[Table]:
    """Return the tables of a file that are copied; `names` first, since others refer to it."""
    names = [
        name
        for (name,) in sqlite.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' "
            "ORDER BY name <> 'names', name"
        )
        if name not in _FOLLOWING
    ]
    return [_table(sqlite, name) for name in names]


def _table(sqlite: sqlite3.Connection, name: str) -> Table:
    rows = sqlite.execute("SELECT name, pk FROM pragma_table_info(?)", (name,)).fetchall()
    key = [column for column, place in sorted(rows, key=itemgetter(1)) if place]
    return Table(name, tuple(column for column, _ in rows), tuple(key))


def count_rows(sqlite: sqlite3.Connection, table: Table) -> int:
    """Return the number of rows of a table."""
    (count,) = sqlite.execute(f"SELECT count(*) FROM {table.name}").fetchone()  # noqa: S608
    return int(count)


def batches(
    sqlite: sqlite3.Connection, table: Table, after: int | None
) -> Iterator[list[tuple[Any, ...]]]:
    """Yield the rows of a table in batches, ordered by its key; only those after number `after`."""
    names, key = ", ".join(table.columns), ", ".join(table.key)
    where = "" if after is None else f"WHERE {table.key[0]} > {after:d} "
    rows = sqlite.execute(f"SELECT {names} FROM {table.name} {where}ORDER BY {key}")  # noqa: S608
    while some := rows.fetchmany(ROWS_AT_ONCE):
        yield some
