"""Removal of deleted rows that SQLite leaves in the unused parts of a file.

Deleted rows are overwritten. But when a page was split earlier, copies of rows may be left in the
part of it that is not used any more, and the write-ahead log holds earlier editions of pages.
"""

import os
from contextlib import closing
from pathlib import Path
from threading import Lock
from time import sleep
from typing import Final

from countersign.adapters.sql.connections import open_driver

MAX_REBUILT_BYTES: Final = 32 * 1024 * 1024
"""A file up to this size is rebuilt while a server runs: in some tenths of a second."""

_PATIENCE_MS: Final = 5_000
_LOG_PATIENCE_MS: Final = 100
"""Maximum time in ms that writers wait for readers of the write-ahead log to end."""
_LOG_ATTEMPTS: Final = 50
_LOG_PAUSE_SECONDS: Final = 0.1
_CHUNK_BYTES: Final = 1024 * 1024

_opening: Final = Lock()
_opened: Final[dict[tuple[int, int], int]] = {}


def empty_log(path: Path) -> bool:
    """Bring the write-ahead log into the database and cut it to nothing; tell whether it worked."""
    with closing(open_driver(path, "rw")) as driver:
        driver.execute(f"PRAGMA busy_timeout = {_LOG_PATIENCE_MS}")
        for attempt in range(_LOG_ATTEMPTS):
            if attempt:
                sleep(_LOG_PAUSE_SECONDS)
            busy, *_ = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if not busy:
                return True
    return False


def rebuild(path: Path) -> None:
    """Write the database anew, without unused parts; who writes to it waits meanwhile.

    Raises:
        sqlite3.Error: it can't be done now; nothing has changed.
    """
    with closing(open_driver(path, "rw")) as driver:
        driver.execute(f"PRAGMA busy_timeout = {_PATIENCE_MS}")
        driver.execute("VACUUM")


def holds(path: Path, wanted: bytes) -> bool:
    """Return True if these bytes are anywhere in the database's file or its log.

    Raises:
        OSError: it can't be read.
    """
    if _file_holds(_never_closed(path), wanted):
        return True
    try:
        log = os.open(path.with_name(f"{path.name}-wal"), os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        return _file_holds(log, wanted)
    finally:
        os.close(log)  # SQLite has no locks on it


def scrub(path: Path, wanted: bytes, *, may_rebuild: bool) -> bool:
    """Be rid of what is left of deleted rows; tell whether nothing is, as far as is known.

    Args:
        path: the database.
        wanted: what is not to be left; rows that are not deleted may hold it.
        may_rebuild: whether who writes to the database may have to wait.

    Raises:
        sqlite3.Error, OSError: it can't be done now.
    """
    if not empty_log(path):
        return False
    if not holds(path, wanted):
        return True
    if not may_rebuild:
        return False
    rebuild(path)
    return empty_log(path)


def _file_holds(descriptor: int, wanted: bytes) -> bool:
    before, offset = b"", 0
    while chunk := os.pread(descriptor, _CHUNK_BYTES, offset):
        if wanted in before + chunk:
            return True
        before, offset = chunk[-len(wanted) :], offset + len(chunk)
    return False


def _never_closed(file: Path) -> int:
    """Return a descriptor of a file, the same one each time, which stays open.

    POSIX: whoever closes any descriptor of a file gives up all locks that the process has on it,
    and so those of SQLite's connections. Another process would then take itself for the last one
    that has the database open, and delete the log that ours still write to.
    """
    found = file.stat()
    with _opening:
        descriptor = _opened.get((found.st_dev, found.st_ino))
        if descriptor is None:
            descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
            opened = os.fstat(descriptor)
            # As long as it is open, no other file gets its number.
            _opened[opened.st_dev, opened.st_ino] = descriptor
    return descriptor
