"""Tests of a database between programs of different versions: who migrates it and who does not."""

import hashlib
import json
import sqlite3
from contextlib import closing

import pytest

from countersign.adapters.files.admin_files import AdminAddress
from countersign.adapters.sql.migrations import newest_schema
from tests.cli.operation.old_databases import make_version_8
from tests.cli.running_server import put_in_room

VERSION, MIN_COMPATIBLE = newest_schema()
FIRST_WITH_COMPATIBILITY = 9
READING = [
    ("decisions", "list"),
    ("decisions", "show", "7F3K9-QX2MB"),
    ("decisions", "why", "7F3K9-QX2MB"),
    ("decisions", "stats"),
    ("leaks", "list"),
    ("trust", "list"),
    ("check", "--room-version", "11", "event.json"),
]


@pytest.fixture
def home(new_home):
    return new_home


@pytest.fixture
def database(home):
    return home.folder / "countersign.db"


@pytest.fixture
def old(home, database):
    """A database as the release before compatibility left it: schema version 8."""
    make_version_8(database)
    return database


def run_sql(database, *statements):
    with closing(sqlite3.connect(database, isolation_level=None)) as driver:
        for statement in statements:
            driver.execute(statement)


def versions_of(database):
    with closing(sqlite3.connect(database)) as driver:
        (version,) = driver.execute("PRAGMA user_version").fetchone()
        if version < FIRST_WITH_COMPATIBILITY:
            return version, None
        return version, driver.execute(
            "SELECT min_compatible FROM schema_compatibility"
        ).fetchone()[0]


def migrate_to_the_next(database, *, min_compatible):
    """Do what the migration of a later release does: it adds, and names what it goes with."""
    run_sql(
        database,
        "ALTER TABLE decisions ADD COLUMN score INTEGER",
        "ALTER TABLE names ADD COLUMN seen_ts INTEGER NOT NULL DEFAULT 0",
        "CREATE TABLE things_to_come (number INTEGER PRIMARY KEY)",
        f"UPDATE schema_compatibility SET min_compatible = {min_compatible}",
        f"PRAGMA user_version = {VERSION + 1}",
    )


@pytest.mark.parametrize("command", READING, ids=" ".join)
def test_a_command_leaves_an_older_database_as_it_is(home, old, command):
    (home.folder / "event.json").write_text(
        json.dumps({"type": "m.room.message", "room_id": "!r:example.org", "content": {}})
    )
    before = hashlib.sha256(old.read_bytes()).hexdigest()

    done = home.run(*command, cwd=home.folder)

    assert (done.status, "countersign database migrate" in done.err) == (1, True), done
    assert f"its schema has version 8 and this program needs version {VERSION}" in done.err
    assert hashlib.sha256(old.read_bytes()).hexdigest() == before
    assert versions_of(old) == (8, None)


def test_doctor_warns_of_an_older_database_and_leaves_it_as_it_is(home, old):
    before = old.read_bytes()

    checks = json.loads(home.run("doctor", "--json").out)["checks"]

    (check,) = [check for check in checks if check["name"] == "database"]
    assert check["outcome"] == "warn"
    assert "Start the server again with this program, which migrates it" in check["message"]
    assert old.read_bytes() == before


def test_a_command_makes_no_database(home, database):
    assert home.run("decisions", "list").out == "No decisions yet.\n"
    home.run("doctor")
    assert not database.exists()


def test_the_server_migrates_an_older_database(home, old, start):
    run_sql(old, "INSERT INTO names (name) VALUES ('kept')")

    server = start(home)

    begun = server.wait_for_log('"migrating the database"')
    assert (begun["version"], begun["to"]) == (8, VERSION)
    assert server.wait_for_log('"migrated the database"')
    assert versions_of(old) == (VERSION, MIN_COMPATIBLE)
    with closing(sqlite3.connect(old)) as driver:
        names = driver.execute("SELECT name FROM names WHERE name != ''").fetchall()
    assert names == [("kept",)]


def be_a_folder(database):
    database.mkdir()


def be_garbage(database):
    database.write_bytes(b"\xff" * 100_000)


def be_of_a_program_between_versions(database):
    make_version_8(database)
    run_sql(database, "CREATE TABLE audit (number INTEGER PRIMARY KEY)")


@pytest.mark.parametrize(
    ("become", "words"),
    [
        (be_a_folder, "countersign.db is a folder. Name a file in the setting `database`."),
        (be_garbage, "restore a backup, or name another file in the setting `database`."),
        (be_of_a_program_between_versions, "A program between two versions made it"),
    ],
)
def test_an_unusable_database_is_named_with_advice(home, database, become, words):
    become(database)

    for command in (("serve",), ("database", "migrate")):
        done = home.run(*command)
        assert done.status == 1
        assert words in done.err.replace("\n", " ")


def test_migrate_says_what_it_did(home, old):
    first, again = home.run("database", "migrate"), home.run("database", "migrate")

    assert first.status == again.status == 0
    assert f"now at schema version {VERSION} (it was at 8)" in first.out
    assert f"is at schema version {VERSION} already" in again.out
    assert versions_of(old) == (VERSION, MIN_COMPATIBLE)


def test_migrate_refuses_beside_a_server_that_could_not_go_on(home, old):
    # The lock that a running server holds; that of release 8 takes no other schema than its own.
    server = AdminAddress.claim(home.folder / "admin.address")
    try:
        done = home.run("database", "migrate")
    finally:
        server.release()

    assert done.status == 1
    assert "A server is running with the database" in done.err
    assert "Stop it and start it again with this program" in done.err
    assert versions_of(old) == (8, None)


def test_a_running_server_goes_on_when_another_process_migrates(home, database, start):
    home.refuse_words("casino")
    put_in_room(home)
    server = start(home)
    assert server.ask("before")[0] == 200

    migrate_to_the_next(database, min_compatible=VERSION)

    assert server.ask("after")[0] == 200
    assert server.ask("casino")[0] == 400
    listed = json.loads(home.run("decisions", "list", "--json").out)
    assert len(listed) == 3
    assert home.run("database", "migrate").status == 0
    assert versions_of(database) == (VERSION + 1, VERSION)


def test_a_newer_database_that_names_this_program_is_served(home, database, start):
    put_in_room(home)
    migrate_to_the_next(database, min_compatible=VERSION)

    server = start(home)

    assert server.ask("hello")[0] == 200
    assert len(json.loads(home.run("decisions", "list", "--json").out)) == 1
    assert versions_of(database) == (VERSION + 1, VERSION)


@pytest.mark.parametrize(
    "command", [("serve",), ("database", "migrate"), READING[0], READING[-1]], ids=" ".join
)
def test_a_database_beyond_this_program_is_refused(home, database, command):
    put_in_room(home)
    migrate_to_the_next(database, min_compatible=VERSION + 1)
    before = versions_of(database)
    (home.folder / "event.json").write_text(
        json.dumps({"type": "m.room.message", "room_id": "!r:example.org", "content": {}})
    )

    done = home.run(*command, cwd=home.folder)

    assert done.status == 1
    needs = (
        f"its schema has version {VERSION + 1}, which needs a program of version {VERSION + 1} or"
    )
    assert needs in done.err
    assert "Install the newer program again, or restore a backup" in done.err
    assert versions_of(database) == before
