"""Tests of the cache in front of the decision store."""

from dataclasses import replace

import pytest

from countersign.adapters.sql.stores.decisions import SqlDecisionStore
from countersign.ports.errors import StoreUnavailable
from countersign.service.evaluation.recent_decisions import RecentDecisions
from countersign.service.misses import MISS
from countersign.testing.records import make_recorded


@pytest.fixture
def store(database):
    return SqlDecisionStore(database)


class EmptyStore:
    """A store that knows nothing any more."""

    find_by_reference = latest = count = record = None

    async def find(self, key):
        raise StoreUnavailable


async def test_a_key_that_was_not_asked_for_is_a_miss_and_not_an_answer(store):
    recorded = await store.record(make_recorded())
    cache = RecentDecisions(store)

    assert cache.peek(recorded.key) is MISS
    assert await cache.find(recorded.key) == recorded
    assert cache.peek(recorded.key) == recorded


async def test_a_missing_decision_is_looked_up_again(store):
    cache = RecentDecisions(store)
    assert await cache.find(make_recorded().key) is None
    assert cache.peek(make_recorded().key) is MISS

    await store.record(make_recorded())  # as another process does

    assert await cache.find(make_recorded().key) == make_recorded()


async def test_the_decision_that_stands_is_remembered_and_not_the_one_that_came_late(store):
    first = await store.record(make_recorded())
    cache = RecentDecisions(store)

    late = replace(first, asked_by="late.example")
    assert await cache.record(late) == first
    assert cache.peek(first.key) == first


async def test_the_most_recently_used_decisions_stay(store):
    cache = RecentDecisions(store, maximum=2)
    first, second, third = [await cache.record(make_recorded(number)) for number in range(3)]
    assert cache.peek(first.key) is MISS

    assert cache.peek(second.key) == second
    await cache.record(make_recorded(4))

    assert cache.peek(second.key) == second
    assert cache.peek(third.key) is MISS
    assert await cache.find(third.key) == third


async def test_memory_answers_while_the_database_does_not(store):
    cache = RecentDecisions(store)
    known = await cache.record(make_recorded())
    cache._store = EmptyStore()

    assert await cache.find(known.key) == known
    with pytest.raises(StoreUnavailable):
        await cache.find(make_recorded(2).key)
