"""Copies of a SQLite database, made while it is in use, and verified."""

import os
import sqlite3
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from countersign.adapters.files.directories import flush_directory
from countersign.adapters.files.file_owners import create_private_file
from countersign.adapters.sql.connections import open_driver
from countersign.adapters.sql.errors import DatabaseUnusable
from countersign.adapters.sql.migrations import Schema, require_ours, schema_of
from countersign.basics.os_reasons import reason_of

_PATIENCE_MS: Final = 10_000
_BESIDE: Final = ("-wal", "-shm", "-journal")
"""Suffixes of the files that SQLite puts beside a database."""


class BackupFailed(DatabaseUnusable):
    """No copy was made or put in place, and nothing has changed; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Copied:
    """A database that was copied.

    Attributes:
        rows: the number of rows of each table.
        size_bytes: the size of the copy.
    """

    schema: Schema
    rows: Mapping[str, int]
    size_bytes: int


def copy_database(source: Path, target: Path) -> Copied:
    """Copy a database as of one moment, also while it is in use, and verify the copy.

    The copy is one file that only its owner can read. A file at `target` is replaced once the copy
    is complete and durable; if anything fails, there is no copy.

    Raises:
        BackupFailed: the source is not our database or damaged, or the copy cannot be written.
    """
    if not source.is_file():
        raise BackupFailed(f"There is no database {source}.")
    new = target.with_name(f".{target.name}.{os.getpid()}.new")
    try:
        os.close(create_private_file(new, os.O_RDWR))
    except OSError as error:
        raise BackupFailed(f"{target} cannot be written: {reason_of(error)}") from error
    try:
        copied = _copy(source, new)
        new.replace(target)
        flush_directory(target.parent)
    except (sqlite3.Error, OSError) as error:
        raise BackupFailed(
            f"{source} cannot be copied to {target}: {error}. Nothing was written there."
        ) from error
    finally:
        for suffix in ("", *_BESIDE):
            with suppress(OSError):
                new.with_name(f"{new.name}{suffix}").unlink()
    return copied


def put_in_place(copy: Path, path: Path, aside: Path) -> None:
    """Replace the unused database at `path` by a copy, and move the former one to `aside`.

    Raises:
        BackupFailed: it cannot be done.
    """
    try:
        _close_log(path)
        # Delete the log first: otherwise SQLite would apply it to the other database.
        for suffix in (*_BESIDE, ""):
            with suppress(FileNotFoundError):
                path.with_name(f"{path.name}{suffix}").rename(
                    aside.with_name(f"{aside.name}{suffix}")
                )
        copy.rename(path)
        flush_directory(path.parent)
    except OSError as error:
        raise BackupFailed(
            f"{path} cannot be replaced: {reason_of(error)} What was there is {path} or {aside}."
        ) from error


def _copy(source: Path, new: Path) -> Copied:
    with (
        closing(open_driver(source, "ro")) as source_driver,
        closing(open_driver(new, "rw")) as target_driver,
    ):
        source_driver.execute(f"PRAGMA busy_timeout = {_PATIENCE_MS}")
        source_driver.execute("BEGIN")  # the copy and the counts are of the same moment
        try:
            require_ours(source_driver)
        except DatabaseUnusable as error:
            raise BackupFailed(f"{source} can't be used: {error}.") from error
        counted = _rows(source_driver)
        source_driver.backup(target_driver)
        target_driver.execute(
            "PRAGMA journal_mode = DELETE"
        )  # a single file, complete without a log
        mistakes = [row[0] for row in target_driver.execute("PRAGMA integrity_check(3)")]
        if mistakes != ["ok"]:
            raise BackupFailed(f"{source} is damaged ({'; '.join(mistakes)}): it was not copied.")
        rows = _rows(target_driver)
        if rows != counted:
            raise BackupFailed(f"The copy of {source} has not as many rows: it was not kept.")
        schema = schema_of(target_driver)
    descriptor = os.open(new, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return Copied(schema, rows, new.stat().st_size)


def _rows(driver: sqlite3.Connection) -> dict[str, int]:
    tables = driver.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    ).fetchall()
    return {
        # These are names of our own schema.
        table: driver.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0]  # noqa: S608
        for (table,) in tables
    }


def _close_log(path: Path) -> None:
    """Checkpoint the write-ahead log of the former database, unless that is damaged."""
    with suppress(sqlite3.Error), closing(open_driver(path, "rw")) as driver:
        driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
