"""Durability: an answered decision survives kills, full disks and damaged files."""

import subprocess
import sys
import time
from contextlib import closing
from random import Random  # noqa: TID251

from countersign.adapters.sql.connections import open_driver
from countersign.testing.records import make_recorded
from tests.waiting import PATIENCE_SECONDS

RECORD_FOR_EVER = """
import asyncio, sys
from itertools import count
from pathlib import Path
from countersign.adapters.sql.stores.decisions import SqlDecisionStore
from countersign.adapters.sql.sqlite import SqliteDatabase
from countersign.testing.records import make_recorded

async def record(store, numbers):
    for number in numbers:
        await store.record(make_recorded(number))
        sys.stdout.write(f"{number}\\n")
        sys.stdout.flush()

async def main():
    store = SqlDecisionStore(SqliteDatabase(Path(sys.argv[1])))
    firsts = range(int(sys.argv[2]), int(sys.argv[2]) + 16)
    await asyncio.gather(*(record(store, count(first, 16)) for first in firsts))

asyncio.run(main())
"""

FILL_THE_DISK = """
import asyncio, resource, sys
from pathlib import Path
from countersign.adapters.sql.stores.decisions import SqlDecisionStore
from countersign.adapters.sql.sqlite import SqliteDatabase
from countersign.ports.errors import StoreUnavailable
from countersign.testing.records import make_recorded

async def main():
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    path = Path(sys.argv[1])
    store = SqlDecisionStore(SqliteDatabase(path))
    await store.record(make_recorded(0))
    print(0)
    used = max(file.stat().st_size for file in path.parent.iterdir())  # by the schema
    resource.setrlimit(resource.RLIMIT_FSIZE, (used + 100_000, most))
    refused = 0
    for number in range(1, 2_000):
        try:
            await store.record(make_recorded(number))
            print(number)
        except StoreUnavailable:
            assert await store.find(make_recorded(number).key) is None
            refused += 1
            if refused == 20:
                break
    assert refused == 20, "the disk never was full"
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    for number in range(10_000, 10_010):
        await store.record(make_recorded(number))
        print(number)

asyncio.run(main())
"""


def check_sound(path, numbers):
    with closing(open_driver(path, "rw")) as driver:
        assert driver.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        stored = {row["key"] for row in driver.execute("SELECT key FROM decisions")}
    assert not [number for number in numbers if make_recorded(number).key not in stored]


def test_a_kill_at_any_moment_loses_no_decision_that_was_answered(path):
    random = Random(20_250_615)
    answered = []
    for life in range(3):
        command = [sys.executable, "-c", RECORD_FOR_EVER, path, str(life * 1_000_000)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        first = process.stdout.readline()
        time.sleep(random.uniform(0, 0.4))
        process.kill()
        lines = [first, *process.communicate(timeout=PATIENCE_SECONDS)[0].splitlines(keepends=True)]
        answered += [int(line) for line in lines if line.endswith("\n")]

    assert len(answered) > 3
    check_sound(path, answered)


def test_a_full_disk_loses_nothing_and_recovers(path):
    result = subprocess.run(
        [sys.executable, "-c", FILL_THE_DISK, path],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
    )

    assert result.returncode == 0, result.stderr
    answered = [int(line) for line in result.stdout.split()]
    assert len(answered) > 20
    assert answered[-10:] == list(range(10_000, 10_010))
    check_sound(path, answered)
