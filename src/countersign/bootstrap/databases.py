"""Care of the database of one settings file: its migration, its backup, and its restoration."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from countersign.adapters.files.admin_files import AdminAddress, ServerIsRunning
from countersign.adapters.sql.errors import DatabaseUnusable
from countersign.adapters.sql.migrations import Schema, newest_schema
from countersign.adapters.sql.sqlite import prepare_database, read_schema
from countersign.bootstrap.files import find_database
from countersign.config import Config


@dataclass(frozen=True, slots=True)
class Migrated:
    """A database that was migrated: its file, and its schema before and after."""

    file: Path
    before: Schema
    after: Schema


def migrate_database(config: Config) -> Migrated:
    """Bring the database to the schema of this program; make it if there is none.

    A server may run meanwhile if it can use the new schema.

    Raises:
        DatabaseUnusable: the running server could not, or the database can't be migrated.
    """
    file = find_database(config)
    with _server_kept_out(config) as is_server_running:
        before = read_schema(file)
        if is_server_running and before.version < newest_schema().min_compatible:
            raise DatabaseUnusable(
                f"A server is running with the database {file}, at schema version"
                f" {before.version}. It could not go on with version {newest_schema().version}."
                " Stop it and start it again with this program, which migrates by itself."
            )
        prepare_database(file)
        return Migrated(file, before, read_schema(file))


@contextmanager
def _server_kept_out(config: Config) -> Iterator[bool]:
    """Keep a server with these settings from starting meanwhile; True if one is running."""
    try:
        claim = AdminAddress.claim(config.admin_address_file)
    except ServerIsRunning:
        yield True
        return
    try:
        yield False
    finally:
        claim.release()
