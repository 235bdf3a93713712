"""Interface between the stores and the databases, with the same statements for both.

Each store is written once, with these protocols. If SQLite and PostgreSQL need a statement with
different text, each has its own under the same name.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol, TypeAlias, TypeVar

from countersign.ports.stores.bundle import StoreHealth

T = TypeVar("T")
Values: TypeAlias = Mapping[str, Any] | Sequence[Any]
"""Values for a statement: by name for `:name`, in order for `?`."""


class Row(Protocol):
    """One row: values by column name or index; iteration yields the values."""

    def __getitem__(self, key: Any, /) -> Any: ...

    def __iter__(self) -> Iterator[Any]: ...

    def keys(self) -> Iterable[str]:
        """Return the names of the columns, in their order."""
        ...


class Cursor(Protocol):
    """Result of a statement."""

    @property
    def rowcount(self) -> int:
        """Number of rows that the statement inserted, changed or deleted."""
        ...

    def fetchone(self) -> Any:
        """Return the next row; None if there is none."""
        ...

    def fetchall(self) -> list[Any]:
        """Return the remaining rows."""
        ...

    def __iter__(self) -> Iterator[Any]: ...


class Connection(Protocol):
    """Connection in a transaction, which the database begins and ends."""

    def execute(self, query: str, values: Values = ..., /) -> Cursor:
        """Run one statement, written as in `get_query`; it returns `Row`s."""
        ...

    def executemany(self, query: str, values: Iterable[Values], /) -> object:
        """Run one statement without results for each of the values."""
        ...

    def stream(self, query: str, values: Mapping[str, Any], /) -> Iterator[Any]:
        """Yield the rows of a query in batches, since there may be very many."""
        ...


class NewDecision(NamedTuple):
    """A row to be inserted into `decisions`.

    Attributes:
        own: the values of its own columns, in the order of `insert_decision`, the key first.
        names: the values that are stored as numbers of names, in the same order.
    """

    own: tuple[bytes, str | None, int, str, str | None, str | None]
    names: tuple[str, str, str, str, str]


Work: TypeAlias = Callable[[Connection], T]
"""Work done inside a transaction. It may run more than once, so it must be idempotent."""


class Database(Protocol):
    """An open database, which all stores share."""

    async def find(self, query: str, values: Mapping[str, Any]) -> Any:
        """Return the first row of a quick query; None if there is none.

        It sees what any process has committed. On SQLite it does not suspend.

        Raises:
            StoreUnavailable: the database can't be read now.
        """
        ...

    async def read_rows(self, query: str, values: Mapping[str, Any]) -> list[Any]:
        """Return all rows of a query, read as by `read`.

        Raises:
            StoreUnavailable: the database can't be read now, or not in reasonable time.
        """
        ...

    async def write_rows(self, query: str, values: Mapping[str, Any]) -> int:
        """Run one statement as by `write`; return the number of changed rows.

        Raises:
            StoreUnavailable: the database can't be written now.
        """
        ...

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work`, which only reads, outside the event loop, on a snapshot of the database.

        Raises:
            StoreUnavailable: the database can't be read now, or not in reasonable time.
        """
        ...

    async def write(self, work: Work[T]) -> T:
        """Run `work` in a transaction, outside the event loop; return its value once durable.

        The transaction is as if no other ran at the same time.

        Args:
            work: may run more than once; must leave transactions alone.

        Raises:
            StoreUnavailable: nothing is known to be stored.
        """
        ...

    async def record_decision(self, row: NewDecision) -> Any:
        """Insert a decision unless its key has one; return the existing row, or None.

        Concurrent calls are inserted together.

        Raises:
            StoreUnavailable: nothing is known to be stored.
        """
        ...

    def while_writing(self, work: Callable[[], None]) -> None:
        """Have `work` called in the running event loop while the next decisions are written.

        It is called once; if nothing can be written now, not before something can.
        """
        ...

    def forget_name(self, name: str) -> None:
        """Drop the cached number of a name that the present transaction deletes."""
        ...

    async def empty_log(self) -> bool:
        """Remove deleted rows from the write-ahead log; return True if that succeeded."""
        ...

    async def scrub(self, identifier: str, *, may_rebuild: bool) -> bool:
        """Remove remains of deleted rows from the files; return True if none are known to be left.

        Args:
            identifier: identifier that must not remain; rows that are not deleted may have it.
            may_rebuild: writers may have to wait for long.

        Raises:
            StoreUnavailable: it is not possible now.
        """
        ...

    @property
    def rows_at_once(self) -> int:
        """Number of rows that one transaction may write without delaying decisions."""
        ...

    @property
    def trouble(self) -> StoreHealth:
        """The record of whether writes succeed."""
        ...

    async def watch(self) -> None:
        """Make a write without effect every few seconds, until cancelled.

        So failures are noticed before a request needs the database, and their end as well.
        """
        ...

    async def close(self) -> None:
        """Complete waiting writes, then close the database."""
        ...


class SqlStore:
    """Base of the stores, which keep what they have in an open database."""

    def __init__(self, database: Database) -> None:
        self._database = database
