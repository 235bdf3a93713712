"""Refusals decided by other processes reach the alerts of the leader."""

from dataclasses import replace

import pytest

from countersign.adapters.sql.stores.decisions import SqlDecisionStore
from countersign.policy.decisions import Verdict
from countersign.service.management.alerting.refusals import OVERLAP_MS, Refusals, StoredRefusals
from countersign.testing.clocks import ManualClock
from countersign.testing.records import make_recorded


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def refusals():
    return Refusals(lambda community: community == "club")


@pytest.fixture
def store(database):
    return SqlDecisionStore(database)


@pytest.fixture
def stored(refusals, store, clock):
    return StoredRefusals(refusals, store, {"!club:example.org": "club"}.get, clock)


def refused(number, clock, *, room_id="!club:example.org", verdict=Verdict.REFUSE, ago_ms=0):
    recorded = make_recorded(number)
    return replace(
        recorded,
        room_id=room_id,
        decided_ts=clock.now_ts() - ago_ms,
        decision=replace(recorded.decision, verdict=verdict),
    )


async def test_each_refusal_is_queued_once_in_its_order(store, stored, refusals, clock):
    one, two = refused(1, clock, ago_ms=500), refused(2, clock)
    for each in (one, two, refused(3, clock, verdict=Verdict.SIGN)):
        await store.record(each)
    await stored.read_recent()
    assert refusals.pop_queued() == [("club", one), ("club", two)]
    three = refused(4, clock)
    await store.record(three)
    await stored.read_recent()
    await stored.read_recent()
    assert refusals.pop_queued() == [("club", three)]


async def test_old_ones_and_those_of_others_are_not(store, stored, refusals, clock):
    await store.record(refused(1, clock, ago_ms=OVERLAP_MS + 1))
    await store.record(refused(2, clock, room_id="!other:example.org"))
    await stored.read_recent()
    assert refusals.pop_queued() == []
