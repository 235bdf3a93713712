"""Databases of the present schema, copied from a migrated one: migrations wait for the disk."""

import tempfile
from functools import cache
from pathlib import Path

from countersign.adapters.sql.database_files import prepare_database


def make_database(path):
    """Make an empty database if there is none, as `prepare_database` does."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_bytes(_migrated())


@cache
def _migrated():
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "countersign.db"
        prepare_database(database)
        return database.read_bytes()
