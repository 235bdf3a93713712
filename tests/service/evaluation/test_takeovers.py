"""Tests of the work of a process after a standby took over the database."""

import asyncio
from dataclasses import replace

import pytest

from countersign.adapters.sql.stores.decisions import SqlDecisionStore
from countersign.ports.errors import StoreUnavailable
from countersign.service.evaluation import takeovers
from countersign.service.evaluation.recent_decisions import RecentDecisions
from countersign.service.evaluation.takeovers import RECORDED_AGAIN_MS, Takeovers
from countersign.service.processes.change_feed import ChangeFeed
from countersign.testing.clocks import ManualClock
from countersign.testing.records import make_recorded
from tests.waiting import until


class Lossy:
    """A store that lost everything, and cannot be written once."""

    find_by_reference = latest = count = None

    def __init__(self, store):
        self.find = store.find
        self._store = store
        self.failures = 0
        self.recorded = []

    async def record(self, decision):
        if self.failures:
            self.failures -= 1
            raise StoreUnavailable("It is starting.")
        stands = await self._store.record(decision)
        self.recorded.append(stands)
        return stands


async def test_recent_decisions_are_recorded_again_and_nothing_new_meanwhile(database, monkeypatch):
    monkeypatch.setattr(takeovers, "HELD_BACK_SECONDS", 0.5)
    clock = ManualClock()
    kept = SqlDecisionStore(database)
    store = Lossy(kept)
    recent = RecentDecisions(store)
    fresh = replace(make_recorded(1), decided_ts=clock.now_ts())
    old = replace(make_recorded(2), decided_ts=clock.now_ts() - RECORDED_AGAIN_MS - 1)
    recent._remembered |= {each.key: each for each in (fresh, old)}
    store.failures = 1
    taking = Takeovers(recent, store, ChangeFeed(None, is_shared=False), clock)
    running = asyncio.create_task(taking.run())

    taking.begin()
    with pytest.raises(StoreUnavailable, match="took over"):
        await recent.record(make_recorded(3))
    assert await recent.find(fresh.key) == fresh
    await until(lambda: store.recorded)
    with pytest.raises(StoreUnavailable, match="took over"):
        await recent.record(make_recorded(3))

    assert await kept.find(fresh.key) == fresh
    assert await kept.find(old.key) is None
    await asyncio.sleep(0.5)
    await recent.record(make_recorded(3))
    running.cancel()
