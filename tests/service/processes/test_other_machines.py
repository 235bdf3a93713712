"""Tests of the list of machines that share the database, known within a minute."""

import asyncio

import pytest

from countersign.adapters.sql.sqlite import SqliteDatabase
from countersign.adapters.sql.stores.processes.changes import SqlChangeStore
from countersign.adapters.sql.stores.processes.leases import SqlLeaseStore
from countersign.adapters.system import SystemClock
from countersign.ports.stores.processes.changes import Topic
from countersign.service.background import BackgroundTasks, Work
from countersign.service.processes.change_feed import ChangeFeed
from countersign.service.processes.leadership import Leadership
from countersign.service.processes.other_machines import (
    GONE_AFTER_SECONDS,
    SAY_EVERY_SECONDS,
    OtherMachines,
)
from countersign.testing.clocks import ManualClock
from tests.databases import make_database
from tests.waiting import until


class Machine:
    def __init__(self, name, database, clock, background, *, may_lead=True):
        changes = SqlChangeStore(database)
        self.leadership = Leadership(
            name, SqlLeaseStore(database), SystemClock(), background, may_lead=may_lead
        )
        self.others = OtherMachines(self.leadership, changes, clock)
        self.feed = ChangeFeed(changes, is_shared=True)
        self.feed.listen(Topic.MACHINES, self.others.apply_changes)


@pytest.fixture
async def process_parts(tmp_path):
    make_database(tmp_path / "countersign.db")
    database, background = SqliteDatabase(tmp_path / "countersign.db"), BackgroundTasks()
    yield database, ManualClock(), background
    await background.aclose()
    await database.close()


async def lead(machine, background):
    background.keep_running(Work.LEADERSHIP, machine.leadership.run, "leader")
    await until(lambda: machine.leadership.is_leading)
    background.keep_running(Work.LEADERSHIP, machine.others.run, "its machine")


async def test_a_machine_that_is_alone_knows_of_no_other(process_parts):
    database, clock, background = process_parts
    leader = Machine("one", database, clock, background)
    worker = Machine("one/1", database, clock, background, may_lead=False)
    await lead(leader, background)
    background.keep_running(Work.LEADERSHIP, worker.others.run, "of a worker")
    for _ in range(20):
        clock.advance(SAY_EVERY_SECONDS / 10)
        await asyncio.sleep(0.01)
    for each in (leader, worker):
        await each.feed.poll()
        assert not each.others.are_there()


async def test_all_processes_know_of_a_machine_until_it_is_gone(process_parts):
    database, clock, background = process_parts
    leader = Machine("one", database, clock, background)
    worker = Machine("one/1", database, clock, background, may_lead=False)
    other = Machine("two", database, clock, background)
    await lead(leader, background)
    telling = asyncio.create_task(other.others.run())
    await asyncio.sleep(0)
    clock.advance(SAY_EVERY_SECONDS)
    async with asyncio.timeout(60):
        while not leader.others.are_there():
            await leader.feed.poll()
    for each in (worker, other):
        await each.feed.poll()
        assert each.others.are_there()

    telling.cancel()
    clock.advance(GONE_AFTER_SECONDS)
    for each in (leader, worker, other):
        await each.feed.poll()
        assert not each.others.are_there()
