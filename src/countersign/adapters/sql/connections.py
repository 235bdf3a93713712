"""Connections to one SQLite file, which detect that the file was replaced.

SQLite continues to read and write a file that was deleted or replaced, for example by a restored
backup, and its writes are lost. So each use compares the open files, the database and its
write-ahead log, with those at their paths.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from countersign.adapters.files.file_identities import (
    FileIdentity,
    find_identity,
    identity_of,
)
from countersign.adapters.sql.migrations import newest_version, schema_of
from countersign.ports.errors import StoreUnavailable

WRITE_PATIENCE_MS: Final = 500
"""Time for which a write waits for another process; later writes wait at most twice as long."""
READ_PATIENCE_MS: Final = 100
"""Time for which a read waits, only for a recovery; it may block the event loop."""
_WAL_KEPT_BYTES: Final = 64 * 1024 * 1024


class SqliteConnection(sqlite3.Connection):
    """Implements `database.Connection`."""

    def stream(self, query: str, values: Mapping[str, Any], /) -> Iterator[Any]:
        return self.execute(query, values)


@dataclass(frozen=True, slots=True)
class HeldConnection:
    """A connection with its files' identities; `_log_identity` is None until the log is open."""

    driver: SqliteConnection
    _path: Path
    _log: Path
    _identity: FileIdentity
    _log_identity: FileIdentity | None = None

    def is_current(self) -> bool:
        """Return True if the open database and log are still those at the path.

        Raises:
            OSError: there is no database.
        """
        if identity_of(self._path) != self._identity:
            return False
        return self.has_its_log() or self._has_no_other_log()

    def has_its_log(self) -> bool:
        """Return True if a commit is visible to the next process that opens the database."""
        return self._log_identity in (None, find_identity(self._log))

    def has_both_files(self) -> bool:
        """Return True if the open database and log are those at their paths.

        Raises:
            OSError: there is no database.
        """
        return identity_of(self._path) == self._identity and self.has_its_log()

    def _has_no_other_log(self) -> bool:
        """Return True if there is no other log with content, so that ours is complete."""
        try:
            return not self._log.stat().st_size
        except FileNotFoundError:
            return True

    def require_current(self) -> None:
        """Check that the database is current; see `is_current`.

        Raises:
            StoreUnavailable: other files are at the paths.
            OSError: there is no database.
        """
        if not self.has_both_files():
            raise StoreUnavailable("The database file, or its log, was replaced.")

    def rescue(self) -> None:
        """Checkpoint our log into the database if the log file was deleted.

        Does nothing if another process has started a log, whose content is newer.
        """
        with suppress(sqlite3.Error, OSError):
            is_ours = identity_of(self._path) == self._identity
            if is_ours and not self.has_its_log() and self._has_no_other_log():
                self.driver.rollback()
                self.driver.execute("PRAGMA wal_checkpoint(FULL)")

    def require_usable_schema(self) -> None:
        """Check that this program can still use the database's schema.

        Another process may migrate it, to a version that is compatible with this program.

        Raises:
            StoreUnavailable: the schema is not compatible.
            sqlite3.Error: it can't be read.
        """
        schema = schema_of(self.driver)
        if not schema.is_usable:
            raise StoreUnavailable(
                f"The database has another schema version now ({schema.version}, which needs"
                f" programs of {schema.min_compatible} or newer; ours is {newest_version()})."
            )

    def close(self) -> None:
        """Close the file, whatever state the connection is in."""
        with suppress(sqlite3.Error):
            self.driver.close()


def connect_writer(path: Path) -> HeldConnection:
    """Open an existing database so that commits are durable when they return.

    Raises:
        StoreUnavailable: it was replaced meanwhile, or has an incompatible schema.
        sqlite3.Error: it can't be opened.
        OSError: it does not exist.
    """
    return _connect(
        path,
        "rw",
        f"PRAGMA busy_timeout = {WRITE_PATIENCE_MS}",
        "PRAGMA synchronous = FULL",
        # Deleted data are overwritten, not only marked as free.
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
    identity = identity_of(path)
    connection = HeldConnection(open_driver(path, mode), path, log, identity)
    try:
        for setting in settings:
            connection.driver.execute(setting)
        connection.require_current()
        connection.require_usable_schema()  # by which the log is opened too
        connection = replace(connection, _log_identity=find_identity(log))
    except BaseException:
        connection.close()
        raise
    return connection
