"""What can be wrong with a database, at the start and later."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from countersign.ports.errors import StoreUnavailable
from countersign.protocol.errors import CountersignError


class DatabaseUnusable(CountersignError):
    """The database can't be used as it is; an operator has to act, so the start stops."""


@contextmanager
def translated() -> Iterator[None]:
    """Turn the driver's and the file system's errors into the port's.

    An integer of more than 64 bits is the driver's OverflowError.
    """
    try:
        yield
    except (sqlite3.Error, OSError, OverflowError) as error:
        raise StoreUnavailable(f"The database does not answer: {error}.") from error
