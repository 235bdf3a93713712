"""Tests of the feed of changes by other processes, over one database."""

import asyncio

import pytest

from countersign.adapters.sql.sqlite import SqliteDatabase
from countersign.adapters.sql.stores.processes.changes import SqlChangeStore
from countersign.basics.backoff import Backoff
from countersign.ports.errors import StoreUnavailable
from countersign.ports.stores.processes.changes import Topic
from countersign.service.processes import change_feed
from countersign.service.processes.change_feed import ChangeFeed
from tests.databases import make_database
from tests.waiting import until


@pytest.fixture
async def store(tmp_path):
    path = tmp_path / "countersign.db"
    make_database(path)
    database = SqliteDatabase(path)
    yield SqlChangeStore(database)
    await database.close()


@pytest.fixture
async def feed(store):
    return ChangeFeed(store, is_shared=True)


async def test_a_listener_is_told_of_its_topic_alone_and_since_when(store, feed):
    for _ in range(3):
        await store.note(Topic.MUTES)
    await feed.begin()
    told = []

    async def listener(since):
        told.append(since)

    feed.listen(Topic.MUTES, listener)
    await store.note(Topic.ROOMS)
    await feed.poll()
    assert told == []
    await store.note(Topic.MUTES)
    await store.note(Topic.MUTES)
    await feed.poll()
    await feed.poll()
    assert told == [3]
    await store.note(Topic.MUTES)
    await feed.poll()
    assert told == [3, 5]


async def test_listeners_read_everything_again_after_a_takeover(store, feed):
    """The lost change and a later one have the same number."""
    await feed.begin()
    told = []

    async def listener(since):
        told.append(since)

    feed.listen(Topic.MUTES, listener)
    await store.note(Topic.MUTES)
    await feed.poll()
    feed.forget_numbers()
    await feed.poll()
    await feed.poll()
    assert told == [0, 0]
    await store.note(Topic.MUTES)
    await feed.poll()
    assert told == [0, 0, 1]


async def test_a_listener_that_could_not_read_is_told_again_and_holds_up_nobody(store, feed):
    await feed.begin()
    told, other = [], []

    async def failing_once(since):
        told.append(since)
        if len(told) == 1:
            raise StoreUnavailable("Not now.")

    async def listener(since):
        other.append(since)

    feed.listen(Topic.MUTES, failing_once)
    feed.listen(Topic.MUTES, listener)
    await store.note(Topic.MUTES)
    with pytest.raises(StoreUnavailable):
        await feed.poll()
    assert other == [0]
    await feed.poll()
    assert (told, other) == ([0, 0], [0])


async def test_a_listener_with_a_fault_holds_up_nobody_and_is_told_again(store, feed, monkeypatch):
    monkeypatch.setattr(change_feed, "BACKOFF", Backoff(first=0.05, longest=0.05))
    await feed.begin()
    told, other = [], []

    async def faulty_once(since):
        told.append(since)
        if len(told) == 1:
            raise KeyError("a fault of ours")

    async def listener(since):
        other.append(since)

    feed.listen(Topic.MUTES, faulty_once)
    feed.listen(Topic.MUTES, listener)
    running = asyncio.create_task(feed.run())
    await store.note(Topic.MUTES)
    await until(lambda: other)
    assert "mutes" in feed.find_trouble()
    assert "a fault of ours" in feed.find_trouble()
    await until(lambda: len(told) == 2 and feed.find_trouble() is None)
    assert (told, other) == ([0, 0], [0])
    assert not running.done()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_database_that_was_put_back_is_read_whole(store, feed):
    await store.note(Topic.MUTES)
    await store.note(Topic.MUTES)
    await feed.begin()
    told = []

    async def listener(since):
        told.append(since)

    feed.listen(Topic.MUTES, listener)
    await store._database.write(lambda driver: driver.execute("UPDATE changes SET number = 1"))
    await feed.poll()
    assert told == [0]


async def test_changes_are_told_within_a_second(store, feed):
    assert change_feed.POLL_SECONDS < 1
    await feed.begin()
    told = asyncio.Event()

    async def listener(_):
        told.set()

    feed.listen(Topic.POLICIES, listener)
    running = asyncio.create_task(feed.run())
    await store.note(Topic.POLICIES)
    await told.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_many_who_ask_at_once_share_a_look_that_begins_after_they_asked(store):
    class Counted:
        looks = 0

        async def numbers(self):
            self.looks += 1
            await asyncio.sleep(0)
            return await store.numbers()

    counted = Counted()
    feed = ChangeFeed(counted, is_shared=True)
    told = []

    async def listener(since):
        told.append(since)

    feed.listen(Topic.MUTES, listener)
    under_way = asyncio.create_task(feed.catch_up())
    await asyncio.sleep(0)
    await store.note(Topic.MUTES)
    await asyncio.gather(*(feed.catch_up() for _ in range(100)))

    assert told
    assert counted.looks <= 3  # the one under way, one that began meanwhile, one for all others
    await under_way


async def test_strangers_cause_few_looks_and_each_learns_what_was_changed_before(
    store, monkeypatch
):
    monkeypatch.setattr(change_feed, "SPACED_SECONDS", 60.0)
    looks = []

    class Counted:
        async def numbers(self):
            looks.append(1)
            return await store.numbers()

    feed = ChangeFeed(Counted(), is_shared=True)
    told = []

    async def listener(since):
        told.append(since)

    feed.listen(Topic.ROOMS, listener)
    await feed.catch_up_spaced()
    waiting = [asyncio.create_task(feed.catch_up_spaced()) for _ in range(50)]
    await asyncio.sleep(0)
    await store.note(Topic.ROOMS)
    assert len(looks) == 1
    assert not any(task.done() for task in waiting)

    await feed.poll()  # as by the interval, which may be shorter
    waiting[0].cancel()
    await asyncio.wait_for(asyncio.gather(*waiting[1:]), 60)

    assert len(looks) == 2
    assert told == [0]


async def test_without_other_processes_strangers_cause_no_look(store):
    feed = ChangeFeed(store, is_shared=False)
    await feed.catch_up_spaced()
    assert feed._looks == 0
