"""Tests of the search for remains of deleted rows, during which SQLite keeps its locks."""

import sqlite3
import subprocess
import sys
from contextlib import closing

from countersign.adapters.sql.connections import connect_writer
from countersign.adapters.sql.scrubbing import holds
from tests.databases import make_database

OTHER_PROCESS = """
import sqlite3, sys
driver = sqlite3.connect(sys.argv[1])
driver.execute("UPDATE found_until SET number = number + 1")
driver.commit()
driver.close()
"""


def test_another_process_does_not_delete_the_log_after_a_look_into_the_file(tmp_path):
    path = tmp_path / "countersign.db"
    make_database(path)
    with closing(connect_writer(path)) as held:
        held.driver.execute("UPDATE found_until SET number = 5")
        assert holds(path, b"found_until")
        assert not holds(path, b"words that nobody stored")

        subprocess.run([sys.executable, "-c", OTHER_PROCESS, path], check=True)
        held.driver.execute("UPDATE found_until SET number = number + 1")

        assert held.has_its_log()
        with closing(sqlite3.connect(path)) as driver:
            assert driver.execute("SELECT number FROM found_until").fetchone() == (7,)
