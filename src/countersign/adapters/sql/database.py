"""The database as the stores see it: SQLite or PostgreSQL, the same statements for both.

A store is written once, over these protocols. Where the two databases need different words for one
statement, `queries.py` has both under one name.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol, TypeAlias, TypeVar

from countersign.ports.stores.bundle import StoreHealth

T = TypeVar("T")
Values: TypeAlias = Mapping[str, Any] | Sequence[Any]
"""Values for a statement: by name for `:name`, in order for `?`."""


class Row(Protocol):
    """One row: a value by column name or by place; iteration yields the values."""

    def __getitem__(self, key: Any, /) -> Any: ...

    def __iter__(self) -> Iterator[Any]: ...

    def keys(self) -> Iterable[str]:
        """Return the names of the columns, in their order."""
        ...


class Cursor(Protocol):
    """The outcome of one statement."""

    @property
    def rowcount(self) -> int:
        """Number of rows that the statement inserted, changed or deleted."""
        ...

    def fetchone(self) -> Any:
        """Return the next row; None if there is none."""
        ...

    def fetchall(self) -> list[Any]:
        """Return the rows that are left."""
        ...

    def __iter__(self) -> Iterator[Any]: ...


class Connection(Protocol):
    """A transaction that work is done in; the database begins and ends it."""

    def execute(self, query: str, values: Values = ..., /) -> Cursor:
        """Run one statement of `get_query`; its rows are `Row`s."""
        ...

    def executemany(self, query: str, values: Iterable[Values], /) -> object:
        """Run one statement that returns nothing for each of these."""
        ...

    def stream(self, query: str, values: Mapping[str, Any], /) -> Iterator[Any]:
        """Yield the rows of a query a few at a time: there may be very many."""
        ...


class NewDecision(NamedTuple):
    """A row of `decisions` to be inserted.

    Attributes:
        own: what it alone has, in the order of `insert_decision`, the key first.
        names: what many rows share, and so is stored as a number; in that order too.
    """

    own: tuple[bytes, str | None, int, str, str | None]
    names: tuple[str, str, str, str, str]


Work: TypeAlias = Callable[[Connection], T]
"""Work done inside a transaction. It may run more than once, so it must be idempotent."""


class Database(Protocol):
    """An open database. Stores share one."""

    async def find(self, query: str, values: Mapping[str, Any]) -> Any:
        """Return the first row of a quick query, None if there is none.

        It sees what any process committed. On SQLite it never suspends.

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
        """Do one statement as by `write`; return how many rows it changed.

        Raises:
            StoreUnavailable: the database can't be written now.
        """
        ...

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Do reading `work`, off the event loop, on the database as of one moment.

        Raises:
            StoreUnavailable: the database can't be read now, or not in reasonable time.
        """
        ...

    async def write(self, work: Work[T]) -> T:
        """Do `work` in a transaction, off the event loop; return its value once that is durable.

        The transaction is as if no other ran at the same time.

        Args:
            work: may run more than once; must leave transactions alone.

        Raises:
            StoreUnavailable: nothing is known to be stored.
        """
        ...

    async def record_decision(self, row: NewDecision) -> Any:
        """Insert a decision unless its key has one; return the row that stood, None if none did.

        Those that wait at the same time are inserted together.

        Raises:
            StoreUnavailable: nothing is known to be stored.
        """
        ...

    def forget_name(self, name: str) -> None:
        """Keep no number of a name any longer that the present transaction deletes."""
        ...

    async def empty_log(self) -> bool:
        """Have deleted rows leave the write-ahead log; tell whether they did."""
        ...

    async def scrub(self, wanted: str, *, may_rebuild: bool) -> bool:
        """Be rid of what is left of deleted rows; tell whether nothing is, as far as is known.

        Args:
            wanted: what is not to be left; rows that are not deleted may hold it.
            may_rebuild: whether who writes to the database may have to wait for long.

        Raises:
            StoreUnavailable: it can't be done now.
        """
        ...

    @property
    def trouble(self) -> StoreHealth:
        """Tells whether writes succeed."""
        ...

    async def watch(self) -> None:
        """Write something that changes nothing every few seconds, for ever.

        Trouble shows before somebody needs the database, and goes once it has passed.
        """
        ...

    async def close(self) -> None:
        """Finish what waits to be written, then let go of the database."""
        ...
