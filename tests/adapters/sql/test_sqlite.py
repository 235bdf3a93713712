"""Tests of the SQLite database: prepared once, and recovered from faults without a restart."""

import asyncio
import re
import shutil
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from importlib.resources import files
from pathlib import Path

import pytest

from countersign.adapters.sql import sqlite
from countersign.adapters.sql.connections import connect_writer, open_driver
from countersign.adapters.sql.database_files import parse_database_url, prepare_database
from countersign.adapters.sql.errors import DatabaseUnusable
from countersign.adapters.sql.migrations import migrations, newest_version, schema_of
from countersign.adapters.sql.stores.decisions import SqlDecisionStore
from countersign.ports.errors import StoreUnavailable
from countersign.testing.records import make_recorded
from tests.waiting import PATIENCE_SECONDS

BASE = Path("/etc/countersign")


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///countersign.db", "/etc/countersign/countersign.db"),
        ("sqlite:///data/my events.db", "/etc/countersign/data/my events.db"),
        ("sqlite:////var/lib/countersign/c.db", "/var/lib/countersign/c.db"),
    ],
)
def test_a_url_names_a_file(url, path):
    assert parse_database_url(url, BASE) == Path(path)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "sqlite:",
        "sqlite://",
        "sqlite:///",
        "sqlite:////",
        "sqlite://host/c.db",
        "sqlite:///:memory:",
        "sqlite:///c.db?mode=ro",
        "postgresql:///c",
        "countersign.db",
    ],
)
def test_any_other_url_is_refused_with_an_example(url):
    with pytest.raises(DatabaseUnusable, match=r"sqlite:///countersign\.db"):
        parse_database_url(url, BASE)


def test_a_new_database_is_its_owners_alone(path):
    with closing(open_driver(path, "rw")) as driver:
        driver.execute("INSERT INTO names (name) VALUES ('x')")
        files = list(path.parent.iterdir())

        assert len(files) == 3
        assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_an_old_database_becomes_its_owners_alone(path):
    path.chmod(0o644)

    prepare_database(path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_preparing_again_changes_nothing(path):
    before = path.read_bytes()

    prepare_database(path)

    assert path.read_bytes() == before


def test_commits_are_flushed_and_a_log_is_written_ahead(path):
    with closing(connect_writer(path)) as held:
        settings = [
            held.driver.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous")
        ]

    full = 2
    assert settings == ["wal", full]


def test_a_missing_directory_is_named(tmp_path):
    with pytest.raises(DatabaseUnusable, match=r"There is no directory .*/nowhere"):
        prepare_database(tmp_path / "nowhere" / "c.db")


def test_a_file_that_is_no_database_is_left_alone(tmp_path):
    file = tmp_path / "letter.txt"
    file.write_text("Dear Alice, " * 1_000)

    with pytest.raises(DatabaseUnusable, match="not a database"):
        prepare_database(file)

    assert file.read_text().startswith("Dear Alice, ")


def test_another_programs_database_is_left_alone(tmp_path):
    file = tmp_path / "homeserver.db"
    with closing(sqlite3.connect(file)) as theirs:
        theirs.execute("CREATE TABLE events (id)")

    with pytest.raises(DatabaseUnusable, match="another program"):
        prepare_database(file)

    with closing(sqlite3.connect(file)) as theirs:
        assert schema_of(theirs).version == 0


def test_a_database_from_the_future_is_refused(path, other_process):
    make_incompatible(other_process)

    with pytest.raises(DatabaseUnusable, match="newer Countersign"):
        prepare_database(path)


def make_incompatible(driver):
    driver.execute(f"PRAGMA user_version = {newest_version() + 1}")
    driver.execute(f"UPDATE schema_compatibility SET min_compatible = {newest_version() + 1}")


def test_a_migration_only_adds_or_says_what_it_is_not_compatible_with(tmp_path):
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as driver:
        for migration in migrations():
            before = None if migration.version <= 9 else (schema_of(driver), columns_in(driver))
            driver.executescript(migration.sql)
            driver.execute(f"PRAGMA user_version = {migration.version}")
            if before is not None and schema_of(driver).min_compatible < migration.version:
                after = columns_in(driver)
                assert before[1].items() <= after.items(), f"{migration.version} takes away"
                tables = {table for table, _ in before[1]}
                for (table, column), must_be_given in after.items() - before[1].items():
                    assert table not in tables or not must_be_given, f"{table}.{column}"
        assert schema_of(driver).version == newest_version()


def columns_in(driver):
    """Return each column of each table and view, and whether an INSERT must give it."""
    return {
        (table, column): is_required and default is None
        for (table,) in driver.execute(
            "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')"
        ).fetchall()
        for _, column, _, is_required, default, _ in driver.execute(
            f"PRAGMA table_info({table})"
        ).fetchall()
    }


def test_every_insert_names_its_columns():
    """An insert without column names would fail once a later release adds a column."""
    sql = files("countersign.adapters.sql").joinpath("queries.sql").read_text()
    inserts = re.findall(r"^INSERT(?: OR \w+)? INTO \w+\s*(.)", sql, re.MULTILINE)

    assert len(inserts) == sql.count("INSERT ")
    assert set(inserts) == {"("}


def test_migrations_are_numbered_without_a_gap():
    assert [migration.version for migration in migrations()] == list(range(1, newest_version() + 1))


def test_a_migration_that_fails_half_way_leaves_nothing_behind(tmp_path, monkeypatch):
    path = tmp_path / "c.db"
    (first, *_) = migrations()
    broken = first._replace(sql=first.sql + "INSERT INTO nowhere VALUES (1);\n")
    monkeypatch.setattr("countersign.adapters.sql.migrations.migrations", lambda: (broken,))

    with pytest.raises(DatabaseUnusable, match="nowhere"):
        prepare_database(path)

    with closing(open_driver(path, "rw")) as driver:
        assert driver.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0
        assert schema_of(driver).version == 0
    monkeypatch.undo()
    prepare_database(path)


def test_members_known_before_the_upgrade_are_known_since_our_join(tmp_path, monkeypatch):
    path = tmp_path / "c.db"
    (first, *_) = migrations()
    monkeypatch.setattr("countersign.adapters.sql.migrations.migrations", lambda: (first,))
    prepare_database(path)
    with closing(open_driver(path, "rw")) as driver:
        driver.execute("INSERT INTO rooms VALUES (1, '!r', '11', 'joined', '[]', 1234, '')")
        driver.execute("INSERT INTO room_state VALUES (1, 'm.room.member', '@a:b', '{}')")
    monkeypatch.undo()

    prepare_database(path)

    with closing(open_driver(path, "rw")) as driver:
        assert driver.execute("SELECT known_since_ts FROM room_state").fetchone()[0] == 1234


def test_processes_that_start_at_once_all_start(tmp_path):
    path = tmp_path / "c.db"
    program = (
        "import sys; from pathlib import Path;"
        "from countersign.adapters.sql.database_files import prepare_database;"
        "print('ready', flush=True); sys.stdin.readline();"
        "[prepare_database(Path(sys.argv[1])) for _ in range(20)]"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", program, path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()

    for process in processes:
        process.communicate(timeout=PATIENCE_SECONDS)

    assert [process.returncode for process in processes] == [0] * 4


async def test_reading_and_writing_wait_for_a_deleted_database_to_come_back(store, path):
    known = await store.record(make_recorded(1))
    set_aside = path.with_suffix(".aside")
    with closing(open_driver(path, "rw")) as driver:
        driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    path.rename(set_aside)

    for _ in range(2):
        with pytest.raises(StoreUnavailable):
            await store.record(make_recorded(2))
        with pytest.raises(StoreUnavailable):
            await store.find(make_recorded(2).key)
        with pytest.raises(StoreUnavailable):
            await store.latest()
    assert not path.exists()

    set_aside.rename(path)
    assert await store.record(make_recorded(2)) == make_recorded(2)
    assert await store.latest() == [make_recorded(2), known]


async def test_decisions_after_a_restore_are_in_the_restored_file(open_database, path, tmp_path):
    database = open_database()
    store = SqlDecisionStore(database)
    await store.record(make_recorded(1))
    backup = tmp_path / "backup.db"
    with closing(open_driver(path, "rw")) as driver, closing(sqlite3.connect(backup)) as copy:
        driver.backup(copy)
    await store.record(make_recorded(2))
    for file in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
        file.unlink()
    shutil.copy(backup, path)

    assert await store.find(make_recorded(2).key) is None
    assert await store.record(make_recorded(3)) == make_recorded(3)

    fresh = SqlDecisionStore(open_database())
    assert await fresh.latest() == [make_recorded(3), make_recorded(1)]


@pytest.mark.parametrize("suffixes", [["-wal"], ["-wal", "-shm"]])
@pytest.mark.parametrize("has_read", [True, False])
async def test_decisions_outlive_a_deleted_write_ahead_log(store, path, suffixes, has_read):
    await store.record(make_recorded(1))
    if has_read:
        assert await store.find(make_recorded(2).key) is None
    lost = [Path(f"{path}{suffix}") for suffix in suffixes]
    for file in lost:
        file.unlink()

    assert await found_soon(store, 1) == make_recorded(1)
    for number in (2, 3):
        assert await found_soon(store, number) is None
        assert await store.record(make_recorded(number)) == make_recorded(number)

    with closing(open_driver(path, "ro")) as other:
        assert other.execute("SELECT count(*) FROM decisions").fetchone()[0] == 3
    assert (await store.latest())[-1] == make_recorded(1)
    fresh = SqlDecisionStore(store._database)
    for number in (1, 2, 3):
        assert await fresh.find(make_recorded(number).key) == make_recorded(number)


async def found_soon(store, number):
    """Return what is found once the database can be read again, which must not take long."""
    for _ in range(1_500):
        try:
            return await store.find(make_recorded(number).key)
        except StoreUnavailable:
            await asyncio.sleep(0.02)
    raise AssertionError("it cannot be read any more")


async def test_a_log_deleted_under_a_commit_gets_the_work_again(open_database, path):
    database = open_database()
    store = SqlDecisionStore(database)
    await store.record(make_recorded(1))
    assert await store.find(make_recorded(2).key) is None  # so that the writer is not the only one
    runs = []

    def delete_log(driver):
        runs.append(driver)
        if len(runs) == 1:
            Path(f"{path}-wal").unlink()
        driver.execute("INSERT OR IGNORE INTO names (name) VALUES ('kept')")

    with pytest.raises(StoreUnavailable):
        await database.write(delete_log)
    await database.write(delete_log)

    with closing(open_driver(path, "ro")) as driver:
        assert driver.execute("SELECT count(*) FROM names WHERE name = 'kept'").fetchone()[0] == 1
        assert driver.execute("SELECT count(*) FROM decisions").fetchone()[0] == 1


async def test_a_database_of_another_version_put_in_its_place_is_not_used(
    open_database, path, tmp_path
):
    database = open_database()
    future = tmp_path / "future.db"
    prepare_database(future)
    with closing(sqlite3.connect(future)) as driver:
        make_incompatible(driver)
        driver.commit()
    path.unlink()
    future.rename(path)

    with pytest.raises(StoreUnavailable, match="another schema version"):
        await database.write(lambda _: None)
    with pytest.raises(StoreUnavailable, match="another schema version"):
        await database.find("SELECT 1", {})


async def test_health_says_that_the_file_is_gone_and_what_a_start_without_it_does(
    open_database, path
):
    database = open_database()
    store = SqlDecisionStore(database)
    await store.record(make_recorded(1))
    held = path.rename(path.with_suffix(".away"))
    with pytest.raises(StoreUnavailable):
        await store.record(make_recorded(2))

    said = database.trouble.find()
    assert f"{path} is gone" in said
    assert "countersign database restore" in said

    held.rename(path)
    assert await store.record(make_recorded(2)) == make_recorded(2)


async def test_a_lock_does_not_stop_reading(store, locked):
    known = await store.record(make_recorded(1))
    with locked():
        assert await store.find(make_recorded(2).key) is None
        assert await store.latest() == [known]


async def test_a_damaged_database_is_trouble_not_a_crash(store, path):
    for number in range(200):
        await store.record(make_recorded(number))
    with closing(open_driver(path, "rw")) as driver:
        driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    sound = path.read_bytes()
    with path.open("r+b") as file:
        file.seek(8192)
        file.write(b"\xff" * (len(sound) - 8192))

    with pytest.raises(StoreUnavailable):
        await SqlDecisionStore(store._database).latest()

    path.write_bytes(sound)
    assert await store.record(make_recorded(999)) == make_recorded(999)


async def test_a_read_that_never_ends_is_interrupted(open_database, monkeypatch):
    monkeypatch.setattr(sqlite, "_READ_STEPS", 3)
    database = open_database()
    endless = "WITH RECURSIVE n AS (SELECT 1 UNION ALL SELECT 1 FROM n) SELECT count(*) FROM n"

    with pytest.raises(StoreUnavailable, match="interrupted"):
        await database.read(lambda driver: driver.execute(endless).fetchone())


async def test_slow_reads_are_bounded(open_database, monkeypatch):
    monkeypatch.setattr(sqlite, "_MAX_SLOW_READS", 2)
    database = open_database()
    query = "SELECT 1"

    told = await asyncio.gather(
        *(database.read(lambda driver: tuple(driver.execute(query).fetchone())) for _ in range(3)),
        return_exceptions=True,
    )

    assert told[:2] == [(1,), (1,)]
    assert isinstance(told[2], StoreUnavailable)


async def test_a_reader_cannot_write(open_database):
    database = open_database()

    with pytest.raises(StoreUnavailable, match="readonly"):
        await database.read(lambda driver: driver.execute("DELETE FROM names"))
