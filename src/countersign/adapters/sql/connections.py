"""Connections to one SQLite file, which know when the file they hold is no longer the one there.

SQLite goes on reading and writing a file that was deleted or replaced (by a restored backup, say).
What it then writes is lost, so every use compares the files it holds, the database and its
write-ahead log, with those at their paths.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from countersign.adapters.sql.migrations import newest_version, schema_of
from countersign.ports.errors import StoreUnavailable

WRITE_PATIENCE_MS: Final = 500
"""Time that a write waits for another process; what comes meanwhile waits at most twice."""
READ_PATIENCE_MS: Final = 100
"""Time that a read waits, which is for a recovery only; it may hold up the event loop."""
_WAL_KEPT_BYTES: Final = 64 * 1024 * 1024

_FileIdentity = tuple[int, int]


class SqliteConnection(sqlite3.Connection):
    """Implements `database.Connection`."""

    def stream(self, query: str, values: Mapping[str, Any], /) -> Iterator[Any]:
        """See `Connection.stream`."""
        return self.execute(query, values)


@dataclass(frozen=True, slots=True)
class HeldConnection:
    """A connection, and which files it holds; `_log_identity` is None before the log is opened."""

    driver: SqliteConnection
    _path: Path
    _log: Path
    _identity: _FileIdentity
    _log_identity: _FileIdentity | None = None

    def is_current(self) -> bool:
        """Return True if the database at the path is still the one held, and nobody left its log.

        Raises:
            OSError: there is no database.
        """
        if _identity_of(self._path) != self._identity:
            return False
        return self.has_its_log() or self._has_no_other_log()

    def has_its_log(self) -> bool:
        """Return True if what is committed now will be found by whoever opens the database next."""
        return self._log_identity in (None, _find_identity(self._log))

    def _has_no_other_log(self) -> bool:
        """Return True if nobody wrote to another log: what is in ours is then all that there is."""
        try:
            return not self._log.stat().st_size
        except FileNotFoundError:
            return True

    def require_current(self) -> None:
        """Check the same.

        Raises:
            StoreUnavailable: other files are there.
            OSError: no database is.
        """
        if not self.is_current() or not self.has_its_log():
            raise StoreUnavailable("The database file, or its log, was replaced.")

    def rescue(self) -> None:
        """Bring what is in our log, if that was deleted, into the database where others see it.

        Not beside a log that somebody else has begun: what is in that one is newer.
        """
        with suppress(sqlite3.Error, OSError):
            is_ours = _identity_of(self._path) == self._identity
            if is_ours and not self.has_its_log() and self._has_no_other_log():
                self.driver.rollback()
                self.driver.execute("PRAGMA wal_checkpoint(FULL)")

    def require_usable_schema(self) -> None:
        """Check that no database that we cannot use was put there while we run.

        Another process may migrate it meanwhile, to a version that names ours as compatible.

        Raises:
            StoreUnavailable: one was.
            sqlite3.Error: it can't be read.
        """
        schema = schema_of(self.driver)
        if not schema.is_usable:
            raise StoreUnavailable(
                f"The database has another schema version now ({schema.version}, which needs"
                f" programs of {schema.min_compatible} or newer; ours is {newest_version()})."
            )

    def close(self) -> None:
        """Let go of the file, whatever state the connection is in."""
        with suppress(sqlite3.Error):
            self.driver.close()


def connect_writer(path: Path) -> HeldConnection:
    """Open an existing database such that a commit is on the disk when it returns.

    Raises:
        StoreUnavailable: it was replaced meanwhile, or has a schema that we can't use.
        sqlite3.Error: it can't be opened.
        OSError: it is not there.
    """
    return _connect(
        path,
        "rw",
        f"PRAGMA busy_timeout = {WRITE_PATIENCE_MS}",
        "PRAGMA synchronous = FULL",
        # What is deleted is overwritten, not only out of sight.
        "PRAGMA secure_delete = ON",
        f"PRAGMA journal_size_limit = {_WAL_KEPT_BYTES}",
    )


def connect_reader(path: Path) -> HeldConnection:
    """Open an existing database for reading only; raises as `connect_writer` does."""
    return _connect(path, "ro", f"PRAGMA busy_timeout = {READ_PATIENCE_MS}")


def open_driver(path: Path, mode: str) -> SqliteConnection:
    """Open an existing file in autocommit mode; `mode` is `rw` or `ro`. Rows know their columns.

    Raises:
        sqlite3.Error: it can't be opened.
    """
    driver = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        factory=SqliteConnection,
        isolation_level=None,
        check_same_thread=False,  # whoever opens one may leave closing it to another thread
    )
    driver.row_factory = sqlite3.Row
    return driver


def _connect(path: Path, mode: str, *settings: str) -> HeldConnection:
    log = path.with_name(f"{path.name}-wal")
    identity = _identity_of(path)
    held = HeldConnection(open_driver(path, mode), path, log, identity)
    try:
        for setting in settings:
            held.driver.execute(setting)
        held.require_current()
        held.require_usable_schema()  # by which the log is opened too
        held = replace(held, _log_identity=_find_identity(log))
    except BaseException:
        held.close()
        raise
    return held


def _find_identity(path: Path) -> _FileIdentity | None:
    try:
        return _identity_of(path)
    except FileNotFoundError:
        return None


def _identity_of(path: Path) -> _FileIdentity:
    status = path.stat()
    return status.st_dev, status.st_ino
