"""Databases carried to PostgreSQL, and back into a file."""

import asyncio
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from countersign.adapters.sql.bundle import ARCHIVE_FILE
from countersign.adapters.sql.database_files import has_database, prepare_database
from countersign.adapters.sql.postgres.addresses import PostgresAddress
from countersign.adapters.sql.postgres.carried_tables import TransferFailed
from countersign.adapters.sql.postgres.schema import make_database
from countersign.adapters.sql.postgres.transfer import (
    Progress,
    export_file,
    import_file,
    verify_file,
)
from countersign.adapters.sql.stores.archive import SqliteArchive
from countersign.basics.os_reasons import reason_of
from countersign.bootstrap.files import find_database
from countersign.bootstrap.storage.databases import server_kept_out
from countersign.config import Config


@dataclass(frozen=True, slots=True)
class Transferred:
    """A database that was carried, or compared.

    Attributes:
        file: the SQLite database.
        place: the PostgreSQL database.
        rows: how many rows each table has, in both.
    """

    file: Path
    place: PostgresAddress
    rows: dict[str, int]


def import_database(config: Config, file: Path, progress: Progress) -> Transferred:
    """Carry a SQLite database, and the archive beside it, to the PostgreSQL of the settings.

    Raises:
        DatabaseUnusable: it was not carried; says what to do.
    """
    address = _require_postgres(config)
    _require_source(file)
    with server_kept_out(config) as is_server_running:
        if is_server_running:
            raise TransferFailed("A server is running with these settings. Stop it first.")
        asyncio.run(make_database(address))
        rows = asyncio.run(import_file(address, file, _archive_of(file), progress))
    return Transferred(file, address, rows)


def export_database(config: Config, file: Path, progress: Progress) -> Transferred:
    """Carry the PostgreSQL database of the settings to a new SQLite file; a server may run.

    Its archive is put beside it.

    Raises:
        DatabaseUnusable: nothing was written; says what to do.
    """
    address = _require_postgres(config)
    archive = _archive_of(file)
    for each in (file, archive):
        if each.exists():
            raise TransferFailed(f"{each} is there already. Name a file in an empty folder.")
    new = file.with_name(f"{file.name}.new")
    new_archive = archive.with_name(f"{archive.name}.new")
    with _only_export_into(file.parent):
        _remove(new, new_archive)  # of an export that was killed
        try:
            prepare_database(new)
            SqliteArchive(new_archive).make()
            rows = asyncio.run(export_file(address, new, new_archive, progress))
            new.rename(file)
            new_archive.rename(archive)
        finally:
            _remove(new, new_archive)
    return Transferred(file, address, rows)


@contextmanager
def _only_export_into(folder: Path) -> Iterator[None]:
    """Keep another export from writing the same files meanwhile; a killed one does not count.

    Raises:
        TransferFailed: another is under way, or there is no such folder.
    """
    try:
        locked = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise TransferFailed(f"The folder {folder} cannot be used: {reason_of(error)}") from error
    try:
        fcntl.flock(locked, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise TransferFailed(
            f"Another export into the folder {folder} is under way. Wait for its end, or name a"
            " file in another folder."
        ) from error
    finally:
        os.close(locked)


def _remove(*databases: Path) -> None:
    for each in databases:
        for suffix in ("", "-wal", "-shm"):
            each.with_name(f"{each.name}{suffix}").unlink(missing_ok=True)


def verify_database(config: Config, file: Path, progress: Progress) -> Transferred:
    """Compare the PostgreSQL database of the settings with a SQLite file, row by row.

    Raises:
        DatabaseUnusable: they differ, or one can't be read; says where.
    """
    address = _require_postgres(config)
    _require_source(file)
    rows = asyncio.run(verify_file(address, file, _archive_of(file), progress))
    return Transferred(file, address, rows)


def _require_postgres(config: Config) -> PostgresAddress:
    location = find_database(config)
    if not isinstance(location, PostgresAddress):
        raise TransferFailed(
            "The settings name a SQLite database. Write the PostgreSQL database into them first:"
            " database: postgresql://user@host:5432/name?password_file=file"
        )
    return location


def _require_source(file: Path) -> None:
    if not has_database(file):
        raise TransferFailed(f"There is no database {file}.")


def _archive_of(file: Path) -> Path:
    return file.with_name(ARCHIVE_FILE)
