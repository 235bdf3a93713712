"""A server on PostgreSQL, from the command line: settings, commands, moved data."""

import fcntl
import json
import os
import shutil
import sqlite3
from contextlib import closing

import pytest

from countersign.adapters.sql.migrations import newest_version
from countersign.bootstrap.files import find_database
from countersign.config import read_config
from tests.cli.running_server import put_in_room
from tests.postgres_server import shared_server


@pytest.fixture(scope="module")
def server():
    return shared_server()


@pytest.fixture
def database(server):
    """The name of a database without any table."""
    return server.new_database()


def check_of(home, name="database"):
    checks = json.loads(home.run("doctor", "--json").out)["checks"]
    return next(check for check in checks if check["name"] == name)


def test_a_server_makes_its_tables_and_answers(new_home, start, server, database):
    new_home.refuse_words("cheap watches")
    new_home.set(database=server.url(database), archive={"is_on": True})
    put_in_room(new_home)
    running = start(new_home)

    assert running.ask("hello")[0] == 200
    assert running.ask("cheap watches")[0] == 400
    assert "refuse" in new_home.run("decisions", "list").out
    assert check_of(new_home)["message"].startswith("2 decisions in 127.0.0.1:")
    assert running.terminate() == 0
    assert "refuse" in new_home.run("decisions", "list").out, "what was decided outlives the server"
    calibrated = new_home.run("policy", "calibrate", "--json")
    assert calibrated.status == 0, calibrated.err
    assert json.loads(calibrated.out)["source"] == "archive"
    assert not list(new_home.folder.glob("*.db*"))


@pytest.mark.parametrize(
    ("user", "parameters"),
    [
        ("someone", "?password_file=password"),
        ("someone", "?password=correct+horse"),
        ("someone:correct%20horse", ""),
    ],
    ids=["in a file", "as a parameter", "after the name"],
)
def test_the_password_is_taken_from_either_place_and_shown_nowhere(
    home, start, server, database, user, parameters
):
    server.sql("DROP ROLE IF EXISTS someone")
    server.sql("CREATE ROLE someone LOGIN PASSWORD 'correct horse'")
    server.sql(f"ALTER DATABASE {database} OWNER TO someone")
    (home.folder / "password").write_text("correct horse\n")
    home.set(database=server.url(database, user=user) + parameters)

    done = home.run("database", "migrate")

    assert (done.status, "now at schema version" in done.out) == (0, True), done
    assert check_of(home)["outcome"] == "ok"
    shown = done.out + done.err + home.run("doctor").out + home.run("doctor", "--json").out
    running = start(home)
    server.sql(f"REVOKE CONNECT ON DATABASE {database} FROM someone, public")
    server.sql("ALTER ROLE someone NOLOGIN")
    server.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'someone'")
    for command in (["doctor"], ["decisions", "list"], ["rooms", "list"], ["database", "migrate"]):
        ended = home.run(*command)
        shown += ended.out + ended.err
    running.terminate()
    shown += "".join(running.out + running.err) + repr(find_database(read_config(home.config)))
    server.sql("REASSIGN OWNED BY someone TO postgres; DROP OWNED BY someone", database)
    assert not [each for each in ("correct horse", "correct+horse", "correct%20") if each in shown]


def test_two_passwords_are_refused_and_neither_is_shown(home):
    home.set(database="postgresql://u:secret-word@h/name?password=other-word")

    done = home.run("database", "migrate")

    assert (done.status, "more than one password" in " ".join(done.err.split())) == (1, True), done
    assert "secret-word" not in done.err
    assert "other-word" not in done.err


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("postgresql://postgres@127.0.0.1:1/name", "cannot be reached"),
        ("postgresql://postgres:secret-word@127.0.0.1/", "lacks a user, a host or the name"),
        ("postgresql://u@h/name?password_file=gone", "cannot be read from"),
        ("mysql://u:secret-word@h/name", "postgresql://user@host:5432/name?password_file=file"),
    ],
)
def test_a_wrong_setting_is_reported_without_the_password(home, url, says):
    home.set(database=url)

    for command in (["serve"], ["decisions", "list"], ["doctor"], ["database", "migrate"]):
        done = home.run(*command)
        assert done.status != 0
        assert says in " ".join((done.out + done.err).split()), done
        assert "secret-word" not in done.out + done.err
        assert "Traceback" not in done.err


def test_a_database_that_is_not_there_is_told(home, server):
    home.set(database=server.url("nowhere_at_all"))

    assert "createdb" in home.run("database", "migrate").err


def test_an_older_schema_is_migrated_by_command_alone(home, server, database):
    home.set(database=server.url(database))
    home.run("database", "migrate")
    server.sql("UPDATE schema_version SET version = version - 1", database)

    started = home.run("serve")
    assert (started.status, "countersign database migrate" in started.err) == (1, True), started
    assert check_of(home)["outcome"] == "fail"


@pytest.fixture
def decided(home, start):
    """A home whose SQLite database holds two decisions."""
    home.refuse_words("cheap watches")
    put_in_room(home)
    running = start(home)
    assert running.ask("hello")[0] == 200
    assert running.ask("cheap watches")[0] == 400
    assert running.terminate() == 0
    return home


def test_a_database_is_carried_over_and_back(decided, server, database, tmp_path, start):
    sqlite_file = decided.folder / "countersign.db"
    before = decided.run("decisions", "list", "--json").out
    decided.set(database=server.url(database))

    done = decided.run("database", "import", sqlite_file)
    assert (done.status, "every one compared" in done.out) == (0, True), done
    verified = decided.run("database", "verify", sqlite_file)
    assert (verified.status, "holds the same as" in verified.out) == (0, True), verified
    assert decided.run("decisions", "list", "--json").out == before
    again = decided.run("database", "import", sqlite_file)
    assert (again.status, "in use already" in again.err) == (1, True), again

    running = start(decided)
    assert running.ask("cheap watches")[0] == 400
    assert running.ask("something new")[0] == 200, "numbers go on behind those that were carried"
    assert running.terminate() == 0
    differs = decided.run("database", "verify", sqlite_file)
    assert (differs.status, "is not the same in both" in differs.err) == (1, True), differs

    (tmp_path / "back").mkdir()
    exported = tmp_path / "back" / "countersign.db"
    for name in ("countersign.db", "archive.db"):  # as an export leaves them that was killed
        shutil.copy(sqlite_file, tmp_path / "back" / f"{name}.new")
    done = decided.run("database", "export", exported)
    assert done.status == 0, done
    assert {file.name for file in exported.parent.iterdir()} == {"countersign.db", "archive.db"}
    everything = decided.run("decisions", "list", "--json").out
    decided.set(database=f"sqlite:///{exported}")
    assert decided.run("decisions", "list", "--json").out == everything


def test_a_backup_is_made_while_the_server_runs_and_restored_into_an_empty_database(
    home, start, server, database, tmp_path
):
    home.refuse_words("cheap watches")
    home.set(database=server.url(database))
    put_in_room(home)
    running = start(home)
    assert running.ask("hello")[0] == 200
    assert running.ask("cheap watches")[0] == 400
    backup = tmp_path / "backups" / "backup.db"
    backup.parent.mkdir()
    made = json.loads(home.run("database", "backup", backup, "--json").out)
    before = home.run("decisions", "list", "--json").out

    assert made["rows"]["decisions"] == 2
    assert (backup.stat().st_mode & 0o777, list(backup.parent.iterdir())) == (0o600, [backup])
    assert "--force" in home.run("database", "backup", backup).err
    assert home.run("database", "backup", backup, "--force").status == 0
    busy = home.run("database", "restore", backup)
    assert (busy.status, "Stop it first" in busy.err) == (1, True), busy
    assert running.terminate() == 0
    full = home.run("database", "restore", backup)
    assert (full.status, "Name an empty one" in full.err) == (1, True), full

    home.set(database=server.url(server.new_database()))
    restored = home.run("database", "restore", backup)
    assert (restored.status, "2 decisions" in restored.out) == (0, True), restored
    assert home.run("decisions", "list", "--json").out == before
    running = start(home)
    assert running.ask("cheap watches")[0] == 400
    assert running.ask("something new")[0] == 200
    assert running.terminate() == 0


def test_a_damaged_backup_changes_nothing(home, server, database, tmp_path):
    home.set(database=server.url(database))
    backup = tmp_path / "backup.db"
    backup.write_bytes(b"no database")

    done = home.run("database", "restore", backup)

    assert (done.status, "backup.db" in done.err) == (1, True), done
    assert server.sql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'", database) == "0"
    missing = home.run("database", "backup", tmp_path / "nowhere" / "backup.db")
    assert (missing.status, "cannot be written" in missing.err) == (1, True), missing


def test_a_backup_of_a_sqlite_database_is_restored(decided, server, database, tmp_path):
    backup = tmp_path / "backup.db"
    assert decided.run("database", "backup", backup).status == 0
    before = decided.run("decisions", "list", "--json").out
    decided.set(database=server.url(database))

    assert decided.run("database", "restore", backup).status == 0

    assert decided.run("decisions", "list", "--json").out == before


def test_keys_with_characters_that_postgresql_cannot_hold_are_carried(
    decided, server, database, tmp_path
):
    sqlite_file = decided.folder / "countersign.db"
    with closing(sqlite3.connect(sqlite_file)) as driver:
        for state_key in ("a\0b", "\ufdd0", "\ufdd00", ""):
            driver.execute(
                "INSERT INTO room_state (room, type, state_key, event) VALUES (1, ?, ?, '{}')",
                ("a\0b", state_key),
            )
        driver.commit()
    decided.set(database=server.url(database))

    imported = decided.run("database", "import", sqlite_file)
    assert (imported.status, imported.err) == (0, ""), imported
    assert decided.run("database", "verify", sqlite_file).status == 0
    (tmp_path / "back").mkdir()
    exported = tmp_path / "back" / "countersign.db"
    assert decided.run("database", "export", exported).status == 0
    rows = "SELECT * FROM room_state ORDER BY room, type, state_key"
    with closing(sqlite3.connect(sqlite_file)) as one, closing(sqlite3.connect(exported)) as other:
        assert one.execute(rows).fetchall() == other.execute(rows).fetchall()


def test_an_import_that_was_interrupted_goes_on(decided, server, database):
    sqlite_file = decided.folder / "countersign.db"
    with closing(sqlite3.connect(sqlite_file)) as driver:
        driver.executemany(
            "INSERT INTO names (name) VALUES (?)", [(f"@u{number}:x",) for number in range(3_000)]
        )
        driver.commit()
    decided.set(database=server.url(database))
    decided.run("database", "migrate")
    server.sql(
        "CREATE FUNCTION stop() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " RAISE EXCEPTION 'the disk is full'; END $$;"
        "CREATE TRIGGER stop BEFORE INSERT ON names FOR EACH ROW WHEN (NEW.number = 2000)"
        " EXECUTE FUNCTION stop()",
        database,
    )

    broken = decided.run("database", "import", sqlite_file)
    assert (broken.status, "run the same command again" in broken.err) == (1, True), broken
    assert "has not ended" in decided.run("serve").err
    assert 0 < int(server.sql("SELECT count(*) FROM names", database)) < 2_000

    server.sql("DROP TRIGGER stop ON names", database)
    assert decided.run("database", "import", sqlite_file).status == 0
    assert decided.run("database", "verify", sqlite_file).status == 0
    assert int(server.sql("SELECT version FROM schema_version", database)) == newest_version()


def test_two_exports_into_one_folder_do_not_mix(home, server, database, tmp_path):
    home.set(database=server.url(database))
    home.run("database", "migrate")
    (tmp_path / "back").mkdir()
    held = os.open(tmp_path / "back", os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        done = home.run("database", "export", tmp_path / "back" / "countersign.db")
        assert (done.status, "Another export into" in done.err) == (1, True), done
    finally:
        os.close(held)

    assert home.run("database", "export", tmp_path / "back" / "countersign.db").status == 0
    done = home.run("database", "export", tmp_path / "nowhere" / "countersign.db")
    assert (done.status, "The folder" in done.err) == (1, True), done
