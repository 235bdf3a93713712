"""Removal of deleted rows that SQLite leaves in the unused parts of a file.

Deleted rows are overwritten. But after a page was split, copies of rows may remain in its unused
part, and the write-ahead log has earlier versions of pages.
"""

import os
from contextlib import closing
from pathlib import Path
from threading import Lock
from time import sleep
from typing import Final

from countersign.adapters.sql.connections import open_driver
from countersign.protocol.identifiers import spellings_of

MAX_REBUILT_BYTES: Final = 32 * 1024 * 1024
"""Maximum size of a file that is rebuilt while a server runs, in some tenths of a second."""

_PATIENCE_MS: Final = 5_000
_LOG_PATIENCE_MS: Final = 100
"""Maximum time in ms that writers wait for readers of the write-ahead log to end."""
_LOG_ATTEMPTS: Final = 50
_LOG_PAUSE_SECONDS: Final = 0.1
_CHUNK_BYTES: Final = 1024 * 1024

_opening: Final = Lock()
_opened: Final[dict[tuple[int, int], int]] = {}


def empty_log(path: Path) -> bool:
    """Checkpoint the write-ahead log and truncate it; return True if that succeeded."""
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
    """Rewrite the database without unused parts; writers wait meanwhile.

    Raises:
        sqlite3.Error: it is not possible now; nothing has changed.
    """
    with closing(open_driver(path, "rw")) as driver:
        driver.execute(f"PRAGMA busy_timeout = {_PATIENCE_MS}")
        driver.execute("VACUUM")


def holds(path: Path, text: bytes) -> bool:
    """Return True if these bytes are anywhere in the database's file or its log.

    Raises:
        OSError: it can't be read.
    """
    if _file_holds(_never_closed(path), text):
        return True
    try:
        log = os.open(path.with_name(f"{path.name}-wal"), os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        return _file_holds(log, text)
    finally:
        os.close(log)  # SQLite holds no locks on it


def scrub(path: Path, identifier: str, *, may_rebuild: bool) -> bool:
    """Remove remains of deleted rows from the files; return True if none are known to be left.

    Args:
        path: the database.
        identifier: identifier that must not remain; rows that are not deleted may have it.
        may_rebuild: writers may have to wait.

    Raises:
        sqlite3.Error, OSError: it is not possible now.
    """
    if not empty_log(path):
        return False
    if not any(holds(path, each.encode()) for each in spellings_of(identifier)):
        return True
    if not may_rebuild:
        return False
    rebuild(path)
    return empty_log(path)


def _file_holds(descriptor: int, text: bytes) -> bool:
    before, offset = b"", 0
    while chunk := os.pread(descriptor, _CHUNK_BYTES, offset):
        if text in before + chunk:
            return True
        before, offset = chunk[-len(text) :], offset + len(chunk)
    return False


def _never_closed(file: Path) -> int:
    """Return a descriptor of a file that stays open, always the same one.

    By POSIX, closing any descriptor of a file releases all of the process's locks on it, including
    those of SQLite's connections. Another process would then conclude that nobody else has the
    database open, and delete the log that our connections still write to.
    """
    status = file.stat()
    with _opening:
        descriptor = _opened.get((status.st_dev, status.st_ino))
        if descriptor is None:
            descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
            opened = os.fstat(descriptor)
            # While it is open, no other file can get its inode number.
            _opened[opened.st_dev, opened.st_ino] = descriptor
    return descriptor
