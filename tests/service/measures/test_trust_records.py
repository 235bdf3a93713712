"""Tests of trust records: in memory first, stored a little later."""

import asyncio
from types import SimpleNamespace

import pytest

from countersign.adapters.memory.trust import MemoryTrustStore
from countersign.basics.bounded_mapping import BoundedMapping
from countersign.policy.measures.trust import DAY_MS, STRANGER
from countersign.policy.measures.trust_records import GivenTrust, Trust
from countersign.ports.errors import StoreUnavailable
from countersign.service.measures.trust import TrustRecords
from countersign.service.misses import MISS
from countersign.testing.clocks import ManualClock
from countersign.testing.records import ALICE, BOB, DECIDED_TS, REFUSE, SIGN, make_recorded


class Store(MemoryTrustStore):
    """A store in memory that can fail, and that can be slow."""

    def __init__(self):
        super().__init__()
        self.most_at_once = 50
        self.is_down = False
        self.is_free = asyncio.Event()
        self.is_free.set()
        self.learned_at_once = []

    async def find(self, community, user_id):
        found = await super().find(community, user_id)
        await self.is_free.wait()
        return found

    async def add_learned(self, learned):
        await self.is_free.wait()
        if self.is_down:
            raise StoreUnavailable
        self.learned_at_once.append(len(learned))
        await super().add_learned(learned)


@pytest.fixture
def store():
    return Store()


@pytest.fixture
def records(store):
    return TrustRecords(store, ManualClock())


async def sent(records, user_id=ALICE, *, decision=SIGN, now_ts=DECIDED_TS):
    """Have an event of the user's be decided, as the sign path does."""
    await records.find("default", user_id)
    asked = SimpleNamespace(
        community="default", now_ts=now_ts, event=SimpleNamespace(type="m.room.message")
    )
    records.settled(asked, make_recorded(sender=user_id, decision=decision))


async def stored_events(store, user_id=ALICE):
    known = await store.find("default", user_id)
    return 0 if known is None else known.accepted_events


async def test_nobody_is_in_memory_before_they_were_looked_for(records):
    assert records.peek("default", ALICE) is MISS

    assert await records.find("default", ALICE) == STRANGER

    assert records.peek("default", ALICE) == STRANGER


async def test_learned_trust_is_known_at_once_and_stored_once(records, store):
    await sent(records)
    await sent(records, decision=REFUSE)
    await sent(records, now_ts=DECIDED_TS + DAY_MS)
    assert records.peek("default", ALICE).accepted_events == 2
    assert await stored_events(store) == 0

    await records.save()
    await records.save()

    assert await store.find("default", ALICE) == records.peek("default", ALICE)
    assert await stored_events(store) == 2


async def test_unstored_trust_waits_together_with_later_trust(records, store):
    store.is_down = True
    await sent(records)
    store.is_free.clear()
    saving = asyncio.create_task(records.save())
    await asyncio.sleep(0)
    await sent(records)
    store.is_free.set()
    await sent(records, BOB)
    with pytest.raises(StoreUnavailable):
        await saving
    store.is_down = False

    await records.save()

    assert (await stored_events(store), await stored_events(store, BOB)) == (2, 1)


async def test_a_save_that_is_cancelled_under_way_counts_nothing_twice(records, store):
    await sent(records)
    store.is_free.clear()
    saving = asyncio.create_task(records.save())
    await asyncio.sleep(0)
    saving.cancel()
    await asyncio.sleep(0)
    store.is_free.set()
    with pytest.raises(asyncio.CancelledError):
        await saving

    await records.save()  # as when the program stops

    assert await stored_events(store) == 1


async def test_counts_of_many_users_are_stored_in_short_transactions(records, store):
    users = [f"@user{number}:b.example" for number in range(120)]
    for user_id in users:
        await sent(records, user_id)

    await records.save()

    assert [await stored_events(store, user_id) for user_id in users] == [1] * 120
    assert store.learned_at_once == [50, 50, 20]


async def test_users_of_one_transaction_are_neighbours_in_the_table(records, store):
    for number in reversed(range(100, 220)):
        await sent(records, f"@user{number}:b.example")
    saved = []
    add_learned = store.add_learned

    async def note(learned):
        saved.extend(each.user_id for each in learned)
        await add_learned(learned)

    store.add_learned = note

    await records.save()

    assert len(saved) == 120
    assert saved == sorted(saved)


async def test_a_failure_after_some_were_stored_counts_nobody_twice(records, store):
    users = [f"@user{number}:b.example" for number in range(120)]
    for user_id in users:
        await sent(records, user_id)
    add_learned = store.add_learned

    async def fail_after_the_first(learned):
        store.is_down = bool(store.learned_at_once)
        await add_learned(learned)

    store.add_learned = fail_after_the_first
    with pytest.raises(StoreUnavailable):
        await records.save()
    await sent(records, users[60])
    store.add_learned, store.is_down = add_learned, False

    await records.save()

    counts = {user_id: await stored_events(store, user_id) for user_id in users}
    assert counts == dict.fromkeys(users, 1) | {users[60]: 2}


async def test_unstored_people_stay_known_when_memory_is_full(records, store, monkeypatch):
    monkeypatch.setattr(records, "_remembered", BoundedMapping(1))
    await sent(records)
    await sent(records, BOB)

    assert records.peek("default", ALICE).accepted_events == 1
    await records.save()
    await records.find("default", BOB)

    assert records.peek("default", ALICE) is MISS
    assert (await records.find("default", ALICE)).accepted_events == 1


async def test_an_answer_of_the_store_does_not_undo_what_was_learned_meanwhile(records, store):
    store.is_free.clear()
    slow = asyncio.create_task(records.find("default", ALICE))
    await asyncio.sleep(0)
    given = await records.set_level("default", ALICE, Trust.TRUSTED, reason="known well")
    store.is_free.set()

    assert await slow == given
    assert records.peek("default", ALICE) == given


async def test_a_level_that_is_given_stands_beside_what_is_not_stored_yet(records, store):
    await sent(records)

    known = await records.set_level("default", ALICE, Trust.BANNED, reason="spam")

    assert (known.given, known.accepted_events) == (Trust.BANNED, 1)
    assert records.peek("default", ALICE) == known
    await records.save()
    assert await store.find("default", ALICE) == known


async def test_counting_here_does_not_undo_what_was_said_elsewhere(records, store):
    await sent(records)
    await store.set_given("default", ALICE, GivenTrust(level=Trust.BANNED))  # by another process

    await records.save()

    assert (await store.find("default", ALICE)).given is Trust.BANNED
