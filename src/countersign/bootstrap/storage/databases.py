"""Care of the database of one settings file: its migration, its backup, and its restoration."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from countersign.adapters.files.admin_files import AdminAddress, ServerIsRunning
from countersign.adapters.files.database_lock import require_free
from countersign.adapters.sql.backups import BackupFailed, Copied, copy_database, put_in_place
from countersign.adapters.sql.database_files import prepare_database, read_schema
from countersign.adapters.sql.errors import DatabaseUnusable
from countersign.adapters.sql.migrations import Schema, newest_schema
from countersign.adapters.sql.postgres.addresses import PostgresAddress
from countersign.adapters.sql.postgres.schema import migrate_schema
from countersign.bootstrap.files import find_database
from countersign.config import Config


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
    place = find_database(config)
    if isinstance(place, PostgresAddress):
        return Migrated(place, *asyncio.run(migrate_schema(place)))
    return _migrate_file(config, place)


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


def back_up_database(config: Config, file: Path, *, may_replace: bool) -> BackedUp:
    """Copy the database to a file; a server may run meanwhile.

    Args:
        config: says where the database is.
        file: the backup.
        may_replace: replace a backup that is there.

    Raises:
        DatabaseUnusable: no backup was made; says why.
    """
    database = _require_file(config, "backed up", "pg_dump --format=custom --file=FILE NAME")
    if _is_one_of(file, database):
        raise BackupFailed(f"{file} is the database itself. Name another file.")
    if file.exists() and not may_replace:
        raise BackupFailed(f"{file} is there already. Name another file, or replace it: --force")
    replaced = file if file.exists() else None
    return BackedUp(file, copy_database(database, file), replaced)


def restore_database(config: Config, file: Path) -> BackedUp:
    """Put a backup in the place of the database, and keep that aside; no server may run.

    Raises:
        DatabaseUnusable: nothing was changed; says why.
    """
    database = _require_file(config, "restored", "pg_restore --dbname=NAME FILE")
    if _is_one_of(file, database):
        raise BackupFailed(f"{file} is the database itself. Name a backup.")
    with server_kept_out(config) as is_server_running:
        if is_server_running:
            raise BackupFailed(
                "A server is running with these settings. Stop it first: it would go on with the"
                " database that is there now."
            )
        new = database.with_name(f"{database.name}.restoring")
        copied = copy_database(file, new)
        is_there = database.exists()
        aside = _free_name(database)
        try:
            put_in_place(new, database, aside)
        finally:
            new.unlink(missing_ok=True)
    return BackedUp(file, copied, aside if is_there else None)


def _require_file(config: Config, what: str, tool: str) -> Path:
    """Return the file of the database.

    Raises:
        BackupFailed: it is in PostgreSQL, which has tools of its own for that; names them.
    """
    database = find_database(config)
    if isinstance(database, PostgresAddress):
        raise BackupFailed(
            f"The database {database} is {what} with PostgreSQL's own tools: {tool}. A copy in a"
            " file that any Countersign can read is made by: countersign database export FILE"
        )
    return database


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
