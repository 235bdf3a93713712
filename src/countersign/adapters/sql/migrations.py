"""Migration of a database to the schema of this program, by numbered files, each in a transaction.

A database holds two numbers. `version` is the last migration that was applied, in SQLite's
`user_version`. `min_compatible` is the oldest version whose programs can use it as it is. A program
uses every database of its own version, and newer ones as long as they name it as compatible.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

import structlog

from countersign.adapters.sql.errors import DatabaseUnusable
from countersign.ports.errors import StoreOutdated

_APPLICATION_ID: Final = 0x4374_5367
"""Marks a SQLite file as Countersign's."""
_NAMES_COMPATIBILITY: Final = (
    "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'schema_compatibility'"
)

log = structlog.get_logger()


class Migration(NamedTuple):
    """One migration: the version it leads to, and its SQL."""

    version: int
    sql: str


class Schema(NamedTuple):
    """The schema of a database: its version, and the oldest program that can use it.

    An empty database has version 0.
    """

    version: int
    min_compatible: int

    @property
    def is_usable(self) -> bool:
        """Return True if this program can read and write such a database as it is."""
        return self.min_compatible <= newest_version() <= self.version


@cache
def migrations(package: str = __package__ or "") -> tuple[Migration, ...]:
    """Return all migrations, oldest first: `migrations/0001_what_it_adds.sql` and so on.

    Args:
        package: the package of the files; by default SQLite's.
    """
    folder = files(package).joinpath("migrations")
    numbered = sorted(file.name for file in folder.iterdir() if file.name.endswith(".sql"))
    return tuple(
        Migration(int(name.partition("_")[0]), folder.joinpath(name).read_text(encoding="utf-8"))
        for name in numbered
    )


def newest_version() -> int:
    """Return the schema version that this program reads and writes."""
    return migrations()[-1].version


def schema_of(driver: sqlite3.Connection) -> Schema:
    """Return the schema of the database.

    A database without an oldest compatible version, from before version 9, is compatible only with
    its own version.

    Raises:
        sqlite3.Error: it can't be read.
    """
    version = _number(driver, "PRAGMA user_version")
    if not _number(driver, _NAMES_COMPATIBILITY):
        return Schema(version, version)
    return Schema(version, _number(driver, "SELECT min_compatible FROM schema_compatibility"))


@cache
def newest_schema() -> Schema:
    """Return the schema that a database of this program has, from an empty one in memory."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as driver:
        migrate(driver)
        return schema_of(driver)


def migrate(driver: sqlite3.Connection) -> None:
    """Apply missing migrations; safe if other processes do the same.

    A newer database that is compatible with this program is not changed.

    Args:
        driver: in autocommit mode, with a busy timeout.

    Raises:
        DatabaseUnusable: it is another program's database, or of an incompatible newer version.
        sqlite3.Error: it can't be read or written; earlier migrations stay applied.
    """
    is_new, is_logged = is_empty(driver), False
    for migration in migrations():
        driver.execute("BEGIN IMMEDIATE")
        try:
            require_ours(driver)
            version = schema_of(driver).version
            if version < migration.version:
                if not is_new and not is_logged:
                    # Indexes of millions of decisions take a minute without any other output.
                    log.info("migrating the database", version=version, to=newest_version())
                    is_logged = True
                _apply(driver, migration)
        except BaseException:
            driver.execute("ROLLBACK")
            raise
        driver.execute("COMMIT")
    if is_logged:
        log.info("migrated the database")


def require_usable(driver: sqlite3.Connection) -> None:
    """Check that this program can use the database as it is, without a migration.

    Raises:
        StoreOutdated: it has to be migrated first.
        DatabaseUnusable: it can't; says what to do.
        sqlite3.Error: it can't be read.
    """
    require_ours(driver)
    version = schema_of(driver).version
    if version < newest_version():
        raise StoreOutdated(
            f"its schema has version {version} and this program needs version {newest_version()}."
            " Start the server again with this program, which migrates it, or run"
            " `countersign database migrate`"
        )


def is_empty(driver: sqlite3.Connection) -> bool:
    """Return True if the database has no schema objects."""
    return _number(driver, "SELECT count(*) FROM sqlite_schema") == 0


def require_ours(driver: sqlite3.Connection) -> None:
    """Check that it is a Countersign database that this program can use or migrate.

    Raises:
        DatabaseUnusable: it is not; says what to do.
        sqlite3.Error: it can't be read.
    """
    if not is_empty(driver) and _number(driver, "PRAGMA application_id") != _APPLICATION_ID:
        raise DatabaseUnusable("it is the database of another program")
    schema = schema_of(driver)
    if schema.min_compatible > newest_version():
        raise DatabaseUnusable(
            f"it was written by a newer Countersign: its schema has version {schema.version}, which"
            f" needs a program of version {schema.min_compatible} or newer, and this program's is"
            f" {newest_version()}. Install the newer program again, or restore a backup from before"
            " the upgrade"
        )


def _apply(driver: sqlite3.Connection, migration: Migration) -> None:
    for statement in _statements(migration.sql):
        try:
            driver.execute(statement)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorname != "SQLITE_ERROR":
                raise
            # Something of that name is there already, or is not.
            raise DatabaseUnusable(
                f"its schema says version {migration.version - 1} and is another one ({error})."
                " A program between two versions made it: use that program, or restore a backup"
            ) from error
    driver.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
    driver.execute(f"PRAGMA user_version = {migration.version}")


def _statements(sql: str) -> Iterator[str]:
    """Split at the ends of statements; `executescript` would commit our transaction first."""
    statement = ""
    for line in sql.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _number(driver: sqlite3.Connection, query: str) -> int:
    (value,) = driver.execute(query).fetchone()
    return int(value)
