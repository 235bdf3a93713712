"""Care of the database of one settings file: its migration, its backup, and its restoration."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from countersign.adapters.files.admin_files import AdminAddress, ServerIsRunning
from countersign.adapters.files.database_lock import require_free
from countersign.adapters.sql.backups import BackupFailed, Copied, copy_database, put_in_place
from countersign.adapters.sql.database_files import prepare_database, read_schema
from countersign.adapters.sql.errors import DatabaseUnusable
from countersign.adapters.sql.migrations import Schema, newest_schema
from countersign.adapters.sql.postgres.addresses import PostgresAddress
from countersign.adapters.sql.postgres.schema import make_database, migrate_schema
from countersign.adapters.sql.postgres.transfer import Progress, export_file, import_file
from countersign.basics.os_reasons import reason_of
from countersign.bootstrap.files import find_database
from countersign.config import Config

_NO_ARCHIVE: Final = "none.db"
"""Name of an archive that is not there: backups leave the archive out."""


@dataclass(frozen=True, slots=True)
class Migrated:
    """A database that was migrated: its file or address, and its schema before and after."""

    place: Path | PostgresAddress
    before: Schema
    after: Schema


def migrate_database(config: Config) -> Migrated:
    """Migrate the database to this program's schema; create it if it is missing.

    A server may run meanwhile if it can use the new schema.

    Raises:
        DatabaseUnusable: the running server could not, or the database can't be migrated.
    """
    location = find_database(config)
    if isinstance(location, PostgresAddress):
        return Migrated(location, *asyncio.run(migrate_schema(location)))
    return _migrate_file(config, location)


def _migrate_file(config: Config, file: Path) -> Migrated:
    with server_kept_out(config) as is_server_running:
        before = read_schema(file)
        if is_server_running and before.version < newest_schema().min_compatible:
            raise DatabaseUnusable(
                f"A server is running with the database {file}, at schema version"
                f" {before.version}. It could not go on with version {newest_schema().version}."
                " Stop it and start it again with this program, which migrates by itself."
            )
        prepare_database(file)
        return Migrated(file, before, read_schema(file))


@dataclass(frozen=True, slots=True)
class BackedUp:
    """A backup that was made or restored.

    Attributes:
        file: the backup.
        copied: what is in it.
        replaced: the file that was there before; of a restored backup, where that is kept now.
    """

    file: Path
    copied: Copied
    replaced: Path | None


def no_progress(table: str, done: int, total: int) -> None:
    """Show nothing of what is copied; see `Progress`."""


def back_up_database(
    config: Config, file: Path, *, may_replace: bool, progress: Progress = no_progress
) -> BackedUp:
    """Copy the database to a SQLite file; servers may run meanwhile.

    Args:
        config: says where the database is.
        file: the backup.
        may_replace: replace a backup that is there.
        progress: called with the progress, if the database is in PostgreSQL.

    Raises:
        DatabaseUnusable: no backup was made; says why.
    """
    database = find_database(config)
    if isinstance(database, Path) and _is_one_of(file, database):
        raise BackupFailed(f"{file} is the database itself. Name another file.")
    if file.exists() and not may_replace:
        raise BackupFailed(f"{file} is there already. Name another file, or replace it: --force")
    replaced = file if file.exists() else None
    if isinstance(database, Path):
        return BackedUp(file, copy_database(database, file), replaced)
    with _folder_beside(file) as folder:
        exported = folder / "exported.db"
        prepare_database(exported)
        asyncio.run(export_file(database, exported, folder / _NO_ARCHIVE, progress))
        return BackedUp(file, copy_database(exported, file), replaced)


def restore_database(config: Config, file: Path, progress: Progress = no_progress) -> BackedUp:
    """Make a backup the database; no server may run.

    A SQLite database that is there is kept aside. A PostgreSQL database must be empty.

    Args:
        config: says where the database is.
        file: the backup.
        progress: called with the progress, if the database is in PostgreSQL.

    Raises:
        DatabaseUnusable: says why. In a PostgreSQL database a part of the backup may be; the same
            call continues then.
    """
    database = find_database(config)
    if isinstance(database, Path) and _is_one_of(file, database):
        raise BackupFailed(f"{file} is the database itself. Name a backup.")
    with server_kept_out(config) as is_server_running:
        if is_server_running:
            raise BackupFailed(
                "A server is running with these settings. Stop it first: it would go on with the"
                " database that is there now."
            )
        if isinstance(database, Path):
            return _restore_file(database, file)
        with TemporaryDirectory() as folder:
            copy = Path(folder, "copy.db")
            copied = copy_database(file, copy)
            prepare_database(copy)  # the backup may be of an earlier program
            asyncio.run(make_database(database))
            asyncio.run(import_file(database, copy, Path(folder, _NO_ARCHIVE), progress))
            return BackedUp(file, copied, None)


def _restore_file(database: Path, file: Path) -> BackedUp:
    new = database.with_name(f"{database.name}.restoring")
    copied = copy_database(file, new)
    is_there = database.exists()
    aside = _free_name(database)
    try:
        put_in_place(new, database, aside)
    finally:
        new.unlink(missing_ok=True)
    return BackedUp(file, copied, aside if is_there else None)


@contextmanager
def _folder_beside(file: Path) -> Iterator[Path]:
    """Make a folder that only its owner can read, where there is room for a backup."""
    try:
        folder = TemporaryDirectory(dir=file.parent, prefix=f".{file.name}.")
    except OSError as error:
        raise BackupFailed(f"{file} cannot be written: {reason_of(error)}") from error
    with folder as path:
        yield Path(path)


def _is_one_of(file: Path, database: Path) -> bool:
    beside = (f"{database.name}{suffix}" for suffix in ("", "-wal", "-shm"))
    return file.resolve() in {database.with_name(name).resolve() for name in beside}


def _free_name(database: Path) -> Path:
    """Return where to keep the database that a backup replaces."""
    number = 1
    while (aside := database.with_name(f"{database.name}.before-restore-{number}")).exists():
        number += 1
    return aside


def require_no_other_server(config: Config) -> None:
    """Check that no server with other settings works with the database.

    Raises:
        DatabaseInUse: one does.
        DatabaseUnusable: the settings name no database.
    """
    database = find_database(config)
    if isinstance(database, Path):
        require_free(database)


@contextmanager
def server_kept_out(config: Config) -> Iterator[bool]:
    """Keep a server with these settings from starting meanwhile; True if one is running.

    Raises:
        DatabaseInUse: one with other settings works with the database.
    """
    try:
        claim = AdminAddress.claim(config.admin_address_file)
    except ServerIsRunning:
        yield True
        return
    try:
        require_no_other_server(config)
        yield False
    finally:
        claim.release()
