"""The file of a SQLite database: URL, creation, migration, checks before it is opened."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from time import sleep
from typing import Final

from countersign.adapters.files.directories import flush_directory
from countersign.adapters.files.file_owners import OWNER_ONLY, create_private_file
from countersign.adapters.sql.connections import open_driver
from countersign.adapters.sql.errors import DatabaseUnusable, unusable
from countersign.adapters.sql.migrations import (
    Schema,
    is_empty,
    migrate,
    require_usable,
    schema_of,
)
from countersign.ports.errors import StoreOutdated

_SCHEME: Final = "sqlite:///"
_START_PATIENCE_MS: Final = 10_000
_WAL_ATTEMPTS: Final = 100
_WAL_PAUSE_SECONDS: Final = 0.1


def parse_database_url(url: str, base: Path) -> Path:
    """Return the file that `sqlite:///path` names.

    Args:
        url: three slashes and a path relative to `base`, or four slashes and an absolute one.
        base: the directory that a relative path starts from.

    Raises:
        DatabaseUnusable: anything else.
    """
    path = url.removeprefix(_SCHEME)
    if path == url or path in ("", "/", ":memory:") or "?" in path or "\0" in path:
        raise DatabaseUnusable(
            f"{url!r} names no database. Write sqlite:///countersign.db for a file beside the"
            " settings, or sqlite:////var/lib/countersign/countersign.db for one anywhere."
        )
    return base / path


def prepare_database(path: Path) -> None:
    """Create the database if it is missing, readable by its owner only, and migrate it.

    Other processes may do the same at the same time.

    Raises:
        DatabaseUnusable: with what to do about it.
    """
    try:
        make_private_file(path)
        with closing(open_driver(path, "rw")) as driver:
            driver.execute(f"PRAGMA busy_timeout = {_START_PATIENCE_MS}")
            _write_ahead(driver)
            migrate(driver)
    except FileNotFoundError as error:
        raise _no_folder(path) from error
    except (sqlite3.Error, OSError, DatabaseUnusable) as error:
        raise unusable(path, error) from error


def has_database(path: Path) -> bool:
    """Check that a database can be used without changes; return False if there is none yet.

    Raises:
        StoreOutdated: it has to be migrated first.
        DatabaseUnusable: it can't be read, or has a schema that this program can't use; says what
            to do about it.
    """
    if not path.parent.is_dir():
        raise _no_folder(path)
    try:
        if not path.exists():
            return False
        with closing(open_driver(path, "ro")) as driver:
            driver.execute(f"PRAGMA busy_timeout = {_START_PATIENCE_MS}")
            if is_empty(driver):
                return False
            require_usable(driver)
    except StoreOutdated as error:
        raise StoreOutdated(f"The database {path} is not used as it is: {error}.") from error
    except (sqlite3.Error, OSError, DatabaseUnusable) as error:
        raise unusable(path, error) from error
    return True


def read_schema(path: Path) -> Schema:
    """Return the schema of a database, also if this program cannot use it.

    Raises:
        DatabaseUnusable: it can't be read.
    """
    if not path.exists():
        return Schema(0, 0)
    try:
        with closing(open_driver(path, "ro")) as driver:
            driver.execute(f"PRAGMA busy_timeout = {_START_PATIENCE_MS}")
            return schema_of(driver)
    except (sqlite3.Error, OSError) as error:
        raise unusable(path, error) from error


def _no_folder(path: Path) -> DatabaseUnusable:
    return DatabaseUnusable(
        f"There is no directory {path.parent} for the database. Create it, or run"
        " `countersign init`."
    )


def make_private_file(path: Path) -> None:
    """Create a file that only its owner can read, if it does not exist.

    SQLite gives its other files beside the database the same mode and owner.

    Raises:
        OSError: it cannot be created.
    """
    try:
        descriptor = create_private_file(path, os.O_RDWR)
    except FileExistsError:
        if path.stat().st_mode & ~OWNER_ONLY & 0o777:
            path.chmod(OWNER_ONLY)
        return
    os.close(descriptor)
    flush_directory(path.parent)


def _write_ahead(driver: sqlite3.Connection) -> None:
    """Switch to a write-ahead log, which is permanent.

    SQLite does not wait for another process that switches at the same time, so this does.
    """
    for attempt in range(_WAL_ATTEMPTS):
        try:
            (mode,) = driver.execute("PRAGMA journal_mode = WAL").fetchone()
        except sqlite3.OperationalError:
            if attempt + 1 == _WAL_ATTEMPTS:
                raise
            sleep(_WAL_PAUSE_SECONDS)
        else:
            if mode != "wal":
                raise DatabaseUnusable("its file system does not support a write-ahead log")
            return
