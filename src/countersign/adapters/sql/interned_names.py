"""Numbers of names: rows of decisions store numbers in place of repeated names."""

from collections.abc import Iterable
from typing import Final

from countersign.adapters.sql.database import Connection
from countersign.adapters.sql.queries import get_query

MAX_KNOWN: Final = 50_000


class NameNumbers:
    """Maps names to numbers; asks the database once per name and connection.

    Only for the writer's thread. The cache belongs to one connection. The writer opens a new one
    after every failure, so numbers from a rolled back transaction or a replaced file are never
    used.
    """

    def __init__(self) -> None:
        self._driver: Connection | None = None
        self._known: dict[str, int] = {}

    def numbers_of(self, driver: Connection, names: Iterable[str]) -> list[int]:
        """Return the number of each name, inside the transaction that `driver` is in."""
        if driver is not self._driver or len(self._known) >= MAX_KNOWN:
            self._driver = driver
            self._known = {}
        numbers = self._known
        return [numbers.get(name) or self._ask(driver, name) for name in names]

    def _ask(self, driver: Connection, name: str) -> int:
        driver.execute(get_query("insert_name"), (name,))
        number: int
        (number,) = driver.execute(get_query("find_name"), (name,)).fetchone()
        self._known[name] = number
        return number

    def forget(self, name: str) -> None:
        """Forget the number of a name that is deleted in the writer's present transaction."""
        self._known.pop(name, None)
