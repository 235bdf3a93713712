"""Brings a database to the schema of this program, one numbered file and transaction at a time."""

import sqlite3
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

from countersign.adapters.sql.errors import DatabaseUnusable

_APPLICATION_ID: Final = 0x4374_5367
"""Marks a SQLite file as Countersign's."""


class Migration(NamedTuple):
    """One step of the schema: the version it leads to, and its SQL."""

    version: int
    sql: str


@cache
def migrations() -> tuple[Migration, ...]:
    """Return all migrations, oldest first: `migrations/0001_what_it_adds.sql` and so on."""
    folder = files(__package__).joinpath("migrations")
    numbered = sorted(file.name for file in folder.iterdir() if file.name.endswith(".sql"))
    return tuple(
        Migration(int(name.partition("_")[0]), folder.joinpath(name).read_text(encoding="utf-8"))
        for name in numbered
    )


def newest_version() -> int:
    """Return the schema version that this program reads and writes."""
    return migrations()[-1].version


def schema_version(driver: sqlite3.Connection) -> int:
    """Return the schema version of the database; 0 if it is empty.

    Raises:
        sqlite3.Error: it can't be read.
    """
    return _number(driver, "PRAGMA user_version")


def migrate(driver: sqlite3.Connection) -> None:
    """Apply the migrations that the database lacks; safe if other processes do the same.

    Args:
        driver: in autocommit mode, with a busy timeout.

    Raises:
        DatabaseUnusable: another program's database, or one from a newer Countersign.
        sqlite3.Error: it can't be read or written; what was applied before stays applied.
    """
    for migration in migrations():
        driver.execute("BEGIN IMMEDIATE")
        try:
            _require_ours(driver)
            if schema_version(driver) < migration.version:
                _apply(driver, migration)
        except BaseException:
            driver.execute("ROLLBACK")
            raise
        driver.execute("COMMIT")


def _require_ours(driver: sqlite3.Connection) -> None:
    version = schema_version(driver)
    if version > newest_version():
        raise DatabaseUnusable(
            f"it was written by a newer Countersign (its schema is version {version}, this program"
            f" knows up to {newest_version()}): install that version, or restore a backup"
        )
    is_empty = _number(driver, "SELECT count(*) FROM sqlite_schema") == 0
    if not is_empty and _number(driver, "PRAGMA application_id") != _APPLICATION_ID:
        raise DatabaseUnusable("it is the database of another program")


def _apply(driver: sqlite3.Connection, migration: Migration) -> None:
    for statement in _statements(migration.sql):
        driver.execute(statement)
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
