"""Tests of backups: made while the server runs, checked, and restored."""

import json
import resource
import shutil
import sqlite3
import stat
import subprocess
import threading
from contextlib import closing

import pytest

from tests.cli.conftest import COMMAND, make_home
from tests.cli.operation.old_databases import make_version_8
from tests.cli.running_server import put_in_room


@pytest.fixture
def database(home):
    return home.folder / "countersign.db"


@pytest.fixture
def backup(home):
    return home.folder / "backup.db"


def decisions_of(home):
    return json.loads(home.run("decisions", "list", "--limit", "1000", "--json").out)


def as_listed(folder):
    """Return the names of the files, without those that come and go with any command."""
    passing = {"countersign.db-wal", "countersign.db-shm", "admin.address"}
    return {file.name for file in folder.iterdir()} - passing


def test_a_backup_of_a_busy_server_is_whole_and_becomes_the_database_of_another(
    home, backup, start, pristine, tmp_path
):
    home.refuse_words("casino")  # and has no limits on how fast one speaks
    put_in_room(home)
    server = start(home)
    statuses, stop = [], threading.Event()

    def keep_asking():
        while not stop.is_set():
            statuses.append(server.ask(f"number {len(statuses)}")[0])

    asking = threading.Thread(target=keep_asking)
    asking.start()
    server.wait_for(lambda: len(statuses) >= 5)
    before = len(statuses)

    made = home.run("database", "backup", backup, "--json")

    stop.set()
    asking.join()
    assert made.status == 0, made
    assert set(statuses) == {200}
    rows = json.loads(made.out)["rows"]
    assert before <= rows["decisions"] <= len(statuses)
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert not [name for name in as_listed(home.folder) if "backup" in name and name != backup.name]

    other = make_home(pristine, tmp_path / "other")
    done = other.run("database", "restore", backup)
    assert done.status == 0, done
    assert f"{rows['decisions']:,} decisions, 1 rooms" in done.out
    assert len(decisions_of(other)) == rows["decisions"]
    assert stat.S_IMODE((other.folder / "countersign.db").stat().st_mode) == 0o600


def test_a_backup_that_is_there_is_replaced_only_when_told(home, database, backup):
    put_in_room(home)
    backup.write_text("precious")

    refused = home.run("database", "backup", backup)
    assert refused.status == 1
    assert "is there already. Name another file, or replace it: --force" in refused.err
    assert backup.read_text() == "precious"

    told = home.run("database", "backup", backup, "--force")
    assert told.status == 0
    assert "It replaced the backup that was there." in told.out
    assert home.run("database", "restore", backup).status == 0

    for itself in (database, home.folder / "countersign.db-wal"):
        done = home.run("database", "backup", itself, "--force")
        assert done.status == 1
        assert "is the database itself" in done.err


def test_a_full_disk_leaves_no_half_backup_and_the_one_that_was_there(home, backup):
    put_in_room(home)
    backup.write_text("precious")
    before = as_listed(home.folder)
    limit = 20_000  # bytes; the database is larger

    done = subprocess.run(
        [*COMMAND, "database", "backup", backup, "--force", "--config", home.config],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1, done
    assert "Nothing was written there." in done.stderr
    assert backup.read_text() == "precious"
    assert as_listed(home.folder) == before


def test_a_damaged_backup_is_not_restored(home, database, tmp_path):
    put_in_room(home)
    home.run("database", "backup", tmp_path / "good.db")
    damaged, foreign, text = (tmp_path / name for name in ("damaged.db", "foreign.db", "text.db"))
    shutil.copy(tmp_path / "good.db", damaged)
    with damaged.open("r+b") as file:
        file.seek(4096 * 3)
        file.write(b"\xff" * 4096 * 20)
    with closing(sqlite3.connect(foreign)) as theirs:
        theirs.execute("CREATE TABLE events (id)")
    text.write_text("Dear Alice, " * 1_000)
    before = as_listed(home.folder), database.read_bytes()

    for file in (damaged, foreign, text, tmp_path / "missing.db"):
        done = home.run("database", "restore", file)
        assert done.status == 1, file
        assert str(file) in done.err, done
        assert (as_listed(home.folder), database.read_bytes()) == before


def test_a_restore_beside_a_running_server_is_refused(home, backup, start):
    put_in_room(home)
    assert home.run("database", "backup", backup).status == 0
    server = start(home)

    done = home.run("database", "restore", backup)

    assert done.status == 1
    assert "A server is running with these settings. Stop it first" in done.err
    assert server.ask("hello")[0] == 200


def test_the_database_that_was_there_is_kept_aside_with_all_that_was_in_its_log(
    home, database, backup, start
):
    put_in_room(home)
    assert home.run("database", "backup", backup).status == 0
    server = start(home)
    assert server.ask("later")[0] == 200
    server.kill()  # its write-ahead log stays
    assert (home.folder / "countersign.db-wal").stat().st_size > 0

    done = home.run("database", "restore", backup)

    assert done.status == 0, done
    aside = home.folder / "countersign.db.before-restore-1"
    assert f"The database that was there is {aside}." in done.out
    assert decisions_of(home) == []
    with closing(sqlite3.connect(aside)) as former:
        assert former.execute("SELECT count(*) FROM decisions").fetchone() == (1,)


def test_a_backup_of_an_older_release_can_be_restored(home, backup):
    make_version_8(backup)

    assert home.run("database", "restore", backup).status == 0

    assert home.run("database", "migrate").status == 0
    assert home.run("decisions", "list").status == 0
