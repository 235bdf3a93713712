"""An erasure by one process also clears the memory and pending writes of all others."""

import asyncio
from functools import partial

import pytest

from countersign.adapters.sql.bundle import stores_in
from countersign.adapters.sql.sqlite import SqliteDatabase
from countersign.policy.measures.trust_records import LearnedTrust
from countersign.ports.stores.processes.changes import Topic
from countersign.ports.stores.trust import Learned
from countersign.service.measures.trust import TrustRecords
from countersign.service.privacy.erasure import Erasure
from countersign.testing.clocks import ManualClock
from tests.contracts.broadcasts import Hub
from tests.databases import make_database

ANN = "@ann:example.org"


class Process:
    """A process that knows people, over the database of others."""

    def __init__(self, path, hub, clock, *, settle_seconds=0.2):
        self.database = SqliteDatabase(path)
        self.stores = stores_in(self.database)
        self.trust = TrustRecords(self.stores.trust, clock)
        self.erasure = Erasure(
            self.stores.personal_data,
            self.stores.room_data,
            self.stores.archive,
            forgetful=[self.trust],
            tell_others=partial(self.stores.changes.note, Topic.ERASURES),
            broadcasts=hub and hub.join(),
            settle_seconds=settle_seconds,
        )

    async def is_stored(self):
        return await self.stores.trust.find("default", ANN) is not None


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
async def open_process(tmp_path, clock):
    path, opened = tmp_path / "countersign.db", []
    make_database(path)

    def open_one(hub, **options):
        opened.append(Process(path, hub, clock, **options))
        return opened[-1]

    yield open_one
    for each in opened:
        await each.database.close()


async def test_others_are_told_who_it_was_where_they_can_be_told(open_process, clock):
    hub = Hub()
    one, other = open_process(hub), open_process(hub)
    await one.stores.trust.add_learned([Learned("default", ANN, LearnedTrust.once(clock.now_ts()))])
    assert (await other.trust.find("default", ANN)).accepted_events == 1

    await one.erasure.erase(ANN, keep_given=False)

    assert other.trust.peek("default", ANN) is not None
    assert (await other.trust.find("default", ANN)).accepted_events == 0
    assert not await one.is_stored()


async def test_data_stored_by_another_process_afterwards_are_erased_too(open_process, clock):
    one, other = open_process(None), open_process(None)
    learned = Learned("default", ANN, LearnedTrust.once(clock.now_ts()))
    await one.stores.trust.add_learned([learned])

    erasing = asyncio.create_task(one.erasure.erase(ANN, keep_given=False))
    while await one.is_stored():  # noqa: ASYNC110 - nothing else tells
        await asyncio.sleep(0.005)
    await other.stores.trust.add_learned([learned])  # what it had learned and not stored yet
    erased = await erasing

    assert not await one.is_stored()
    assert erased.rows["acquaintances"] == 2
    assert (await one.stores.changes.numbers())[Topic.ERASURES] == 2


async def test_a_single_process_waits_for_no_other(open_process, clock):
    one = open_process(None, settle_seconds=0.0)
    await one.erasure.erase(ANN, keep_given=False)

    assert (await one.stores.changes.numbers())[Topic.ERASURES] == 1


class ReadMeanwhile:
    """People's data in a database that somebody reads into memory right after an erasure."""

    def __init__(self, people, memory):
        self._people = people
        self._memory = memory
        self.in_memory_before = None

    async def erase(self, user_id, **options):
        self.in_memory_before = set(self._memory.people)
        erased = await self._people.erase(user_id, **options)
        self._memory.people.add(user_id)
        return erased


class Memory:
    """Holds people, some of whom wait to be stored."""

    def __init__(self):
        self.people = {ANN}

    def forget_person(self, user_id):
        self.people.discard(user_id)


async def test_memory_is_empty_before_the_database_is_erased_and_afterwards(open_process):
    stores, memory = open_process(None).stores, Memory()
    people = ReadMeanwhile(stores.personal_data, memory)
    erasure = Erasure(
        people,
        stores.room_data,
        stores.archive,
        forgetful=[memory],
        tell_others=partial(stores.changes.note, Topic.ERASURES),
    )

    await erasure.erase(ANN, keep_given=False)

    assert people.in_memory_before == set(), "what waits there would be stored after the erasure"
    assert memory.people == set()
