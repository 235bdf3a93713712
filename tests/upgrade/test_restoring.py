"""A backup of an earlier schema is restored completely, on either database."""

import json
import sqlite3
from contextlib import closing

import pytest

from countersign.adapters.sql.migrations import migrations, newest_version
from tests.cli.conftest import start_server
from tests.cli.running_server import RunningServer
from tests.postgres_server import shared_server
from tests.upgrade.test_data import assert_holds

FIRST = 8
"""The schema version of the folder that `make_before.py` made."""
THE_ONE_BEFORE = newest_version() - 1


def bring_to(version, database):
    """Apply the migrations up to a version, as the program of that version did."""
    with closing(sqlite3.connect(database, isolation_level=None)) as driver:
        for migration in migrations():
            if FIRST < migration.version <= version:
                driver.executescript(f"BEGIN; {migration.sql}; COMMIT")
        driver.execute(f"PRAGMA user_version = {version}")


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_home(request, make_home, tmp_path):
    """Return the folder of then without its database, and that database as a backup."""
    home = make_home(tmp_path)
    former = home.folder / "countersign.db"
    backup = tmp_path / "backup.db"
    with closing(sqlite3.connect(former)) as driver, closing(sqlite3.connect(backup)) as copy:
        driver.backup(copy)
    for file in home.folder.glob("countersign.db*"):
        file.unlink()
    if request.param == "postgresql":
        server = shared_server()
        home.set(database=server.url(server.new_database()))
    return home, backup


@pytest.mark.parametrize("version", [FIRST, THE_ONE_BEFORE])
def test_a_backup_of_an_earlier_schema_answers_as_before(
    empty_home, version, asked, said, moved_ms
):
    home, backup = empty_home
    bring_to(version, backup)
    content = backup.read_bytes()

    restored = home.run("database", "restore", backup)

    assert restored.status == 0, restored
    assert f"{len(said['said']['decisions list'])} decisions" in restored.out
    assert backup.read_bytes() == content  # what was backed up stays as it was
    server = RunningServer(home, start_server(home))
    try:
        server.wait_until_ready()
        for each in asked:
            status, answer = server.ask_event(each["event"])
            assert (status, answer) == (each["status"], answer | each["answer"])
        made = home.run("database", "backup", backup.with_name("another.db"), "--json")
        assert json.loads(made.out)["rows"]["decisions"] == len(said["said"]["decisions list"])
        for command, then in said["said"].items():
            if command != "policy backtest":
                done = home.run(*command.split(), "--json")
                assert_holds(json.loads(done.out), then, moved_ms, command)
    finally:
        server.kill()
