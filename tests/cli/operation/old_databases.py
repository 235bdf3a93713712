"""Databases of older releases."""

import sqlite3
from contextlib import closing
from importlib.resources import files


def make_version_8(database):
    """Make a database as the last release before compatibility left it: schema version 8."""
    folder = files("countersign.adapters.sql").joinpath("migrations")
    with closing(sqlite3.connect(database, isolation_level=None)) as driver:
        driver.execute("PRAGMA journal_mode = WAL")
        for name in sorted(file.name for file in folder.iterdir()):
            if name.endswith(".sql") and name < "0009":
                driver.executescript(folder.joinpath(name).read_text())
        driver.execute("PRAGMA application_id = 0x43745367")
        driver.execute("PRAGMA user_version = 8")
    database.chmod(0o600)
