"""Errors of a database, at the start and during operation."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from countersign.ports.errors import StoreUnavailable
from countersign.protocol.errors import CountersignError


class DatabaseUnusable(CountersignError):
    """The database can't be used before an operator acts, so the program does not start."""


_REMEDIES: Final = {
    "SQLITE_NOTADB": "It is no SQLite database, or is damaged: restore a backup, or name another "
    "file in the setting `database`.",
    "SQLITE_CORRUPT": "It is damaged: restore a backup with `countersign database restore FILE`.",
    "SQLITE_IOERR": "See that the disk has space and works, and that `ulimit -f` allows its size.",
    "SQLITE_FULL": "Make space on its disk.",
    "SQLITE_BUSY": "Stop the program that holds it.",
    "SQLITE_READONLY": "This user must be able to write the file, its folder, and the files beside "
    "it that begin with its name.",
    "SQLITE_CANTOPEN": "This user must be able to write the file and its folder.",
    "SQLITE_PERM": "This user must be able to write the file and its folder.",
}
"""Advice by the beginnings of SQLite's names for errors."""


def unusable(path: Path, error: Exception) -> DatabaseUnusable:
    """Return the error for a file that can't be used as a database, with what to do about it."""
    if path.is_dir():
        return DatabaseUnusable(
            f"The database {path} is a folder. Name a file in the setting `database`."
        )
    name = "SQLITE_PERM" if isinstance(error, PermissionError) else ""
    name = getattr(error, "sqlite_errorname", None) or name
    remedies = [text for error_name, text in _REMEDIES.items() if name.startswith(error_name)]
    return DatabaseUnusable(" ".join([f"The database {path} can't be used: {error}.", *remedies]))


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
