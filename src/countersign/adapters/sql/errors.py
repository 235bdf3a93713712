"""Errors of a database, at the start and during operation."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from countersign.ports.errors import StoreUnavailable
from countersign.protocol.errors import CountersignError


class DatabaseUnusable(CountersignError):
    """The database can't be used as it is; an operator has to act, so the start stops."""


DRIVER_ERRORS: Final = (sqlite3.Error, OSError, OverflowError)
"""Errors of the driver and the file system. An integer of more than 64 bits is an overflow."""


def as_unavailable(error: Exception) -> StoreUnavailable:
    """Return the port's error for one of the driver's or the file system's, and for its own."""
    if isinstance(error, StoreUnavailable):
        return error
    return StoreUnavailable(f"The database does not answer: {error}.")


@contextmanager
def translated() -> Iterator[None]:
    """Translate errors of the driver and the file system into the port's."""
    try:
        yield
    except DRIVER_ERRORS as error:
        raise as_unavailable(error) from error
