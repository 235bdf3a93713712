"""Tests of which process leads, over several connections to one database."""

import asyncio
from contextlib import asynccontextmanager
from functools import partial

import pytest

from countersign.adapters.sql.sqlite import SqliteDatabase
from countersign.adapters.sql.stores.processes.changes import SqlChangeStore
from countersign.adapters.sql.stores.processes.leases import SqlLeaseStore
from countersign.adapters.system import SystemClock
from countersign.ports.errors import StoreUnavailable
from countersign.ports.stores.processes.changes import Topic
from countersign.service.background import BackgroundTasks, Work
from countersign.service.processes.leadership import Leadership, LeaseTimes
from tests.databases import make_database
from tests.waiting import until

REFUSED = "Another process leads now."
QUICK = LeaseTimes(look=0.02, renew=0.05, step_down=0.6, take_over=1.0)
UNHURRIED = LeaseTimes(look=0.02, renew=10, step_down=30, take_over=60)
"""A leader that is told so late that it leads no more; its lease outlasts a test."""


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "countersign.db"
    make_database(path)
    return path


class Process:
    """A process with a duty: it writes as long as it leads."""

    def __init__(self, name, path, times=QUICK):
        self.database = SqliteDatabase(path)
        self.store = SqlLeaseStore(self.database)
        self.changes = SqlChangeStore(self.database)
        self.background = BackgroundTasks()
        self.leadership = Leadership(name, self.store, SystemClock(), self.background, times=times)
        self.is_on_duty = False
        self.go_on = asyncio.Event()
        self.written = []
        self.leadership.keep_running(Work.OUTBOX, self._do_duty)
        self.task = self.background.keep_running(Work.LEADERSHIP, self.leadership.run)

    async def _do_duty(self):
        self.is_on_duty = True
        try:
            await self.go_on.wait()
            try:
                self.written.append(await self.changes.note(Topic.OUTBOX))
            except StoreUnavailable as error:
                self.written.append(error)
            await asyncio.Event().wait()
        finally:
            self.is_on_duty = False

    async def stop(self):
        await self.background.aclose()
        await self.database.close()


@asynccontextmanager
async def processes(path, *names, times=QUICK):
    opened = [Process(name, path, times) for name in names]
    try:
        yield opened
    finally:
        for each in opened:
            await each.stop()


async def take_away(store):
    """Have another process take the lease, whose holder may renew it meanwhile."""
    while await store.acquire("two", await store.find()) is None:
        pass


async def test_exactly_one_of_several_processes_leads(path):
    async with processes(path, "one", "two", "three") as every:
        await until(lambda: any(each.is_on_duty for each in every))
        for _ in range(50):
            # None does while a lease is renewed too late, on a busy machine.
            assert sum(each.is_on_duty for each in every) <= 1
            await asyncio.sleep(0.02)


async def test_a_clean_stop_gives_the_lease_back_at_once(path):
    async with processes(path, "one", "two", times=UNHURRIED) as (one, two):
        await until(lambda: one.is_on_duty or two.is_on_duty)
        leader, other = (one, two) if one.is_on_duty else (two, one)
        await leader.background.aclose()
        assert not leader.is_on_duty
        await until(lambda: other.is_on_duty, UNHURRIED.take_over / 2)


async def test_a_leader_that_can_not_renew_stops_before_another_begins(path, monkeypatch):
    async with processes(path, "one", "two") as (one, two):
        await until(lambda: one.is_on_duty or two.is_on_duty)
        leader, other = (one, two) if one.is_on_duty else (two, one)

        async def fail(_):
            raise StoreUnavailable("The network is cut.")

        monkeypatch.setattr(leader.store, "renew", fail)
        monkeypatch.setattr(leader.store, "find", lambda: fail(None))
        monkeypatch.setattr(leader.store, "release", fail)
        while not other.is_on_duty:
            assert not (leader.is_on_duty and other.is_on_duty)
            await asyncio.sleep(0.005)
        assert not leader.is_on_duty


async def test_writes_of_a_former_leader_are_refused(path, monkeypatch):
    async with processes(path, "one") as (one,):
        await until(lambda: one.is_on_duty)

        async def hang(_):
            await asyncio.Event().wait()

        monkeypatch.setattr(one.store, "renew", hang)  # as if it were suspended
        await take_away(one.store)
        one.go_on.set()
        await until(lambda: one.written)
        assert str(one.written[0]) == REFUSED
        assert Topic.OUTBOX not in await one.changes.numbers()


async def test_a_leader_writes_as_long_as_it_holds_the_lease(path):
    async with processes(path, "one", times=UNHURRIED) as (one,):
        await until(lambda: one.is_on_duty)
        one.go_on.set()
        await until(lambda: one.written)
        assert one.written == [1]


async def test_duties_that_are_added_later_are_fenced_too(path):
    async with processes(path, "one", times=UNHURRIED) as (one,):
        await until(lambda: one.is_on_duty)
        seen = []

        async def late():
            try:
                seen.append(await one.changes.note(Topic.ROOMS))
            except StoreUnavailable as error:
                seen.append(error)

        await take_away(one.store)
        one.leadership.run_until_done(Work.JOINS, late)
        await until(lambda: seen)
        assert str(seen[0]) == REFUSED


async def test_a_process_that_is_alone_leads_at_once_and_for_ever():
    background = BackgroundTasks()
    leadership = Leadership("one", None, SystemClock(), background)
    prepared, did = [], asyncio.Event()

    async def prepare():
        prepared.append(leadership.is_leading)

    async def duty():
        did.set()
        await asyncio.Event().wait()

    leadership.on_begin(prepare)
    leadership.keep_running(Work.OUTBOX, duty)
    await leadership.begin()
    await did.wait()
    assert leadership.is_leading
    assert leadership.is_alone
    assert prepared == [True]
    await background.aclose()


async def test_work_that_is_done_is_forgotten_and_what_was_cut_off_begins_again(path):
    async with processes(path, "one") as (one,):
        await until(lambda: one.is_on_duty)
        leadership, begun, go_on = one.leadership, [], asyncio.Event()

        async def short(about):
            begun.append(about)
            if about == "long":
                await go_on.wait()

        before = leadership.waiting_duties
        for number in range(50):
            leadership.run_until_done(Work.LATE_VERIFICATION, partial(short, number), f"{number}")
        leadership.run_until_done(Work.LATE_VERIFICATION, partial(short, "long"), "long")
        await until(lambda: len(begun) == 51)
        await until(lambda: leadership.waiting_duties == before + 1)

        await take_away(one.store)
        await until(lambda: not one.is_on_duty)
        await one.store.release(await one.store.find())
        await until(lambda: one.is_on_duty)
        await until(lambda: len(begun) == 52)
        assert begun[51] == "long"
        go_on.set()
        await until(lambda: leadership.waiting_duties == before)
