"""Removal of deleted rows that SQLite leaves in the unused parts of a file.

Deleted rows are overwritten. But when a page was split earlier, copies of rows may be left in the
part of it that is not used any more, and the write-ahead log holds earlier editions of pages.
"""

from contextlib import closing
from pathlib import Path
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
    return any(
        _file_holds(file, wanted)
        for file in (path, path.with_name(f"{path.name}-wal"))
        if file.exists()
    )


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


def _file_holds(file: Path, wanted: bytes) -> bool:
    before = b""
    with file.open("rb") as opened:
        while chunk := opened.read(_CHUNK_BYTES):
            if wanted in before + chunk:
                return True
            before = chunk[-len(wanted) :]
    return False
