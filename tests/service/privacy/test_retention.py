"""Tests of retention: a wrong clock deletes nothing, and deletion runs in small portions."""

import pytest

from countersign.adapters.metrics import PrometheusMetrics
from countersign.basics.durations import DAY_MS
from countersign.ports.errors import StoreUnavailable
from countersign.ports.stores.personal_data import CutOff, DataKind, Removed
from countersign.service.privacy import retention
from countersign.service.privacy.retention import MAX_ROWS, Retention
from countersign.testing.clocks import ManualClock

KIND = DataKind.SIGNED


class FakeStore:
    """Rows that are moments; deletes those from before the cut-off."""

    def __init__(self, moments):
        self.moments = sorted(moments)
        self.known = {}
        self.slices = []
        self.is_unavailable = False

    async def find_cut_off(self, kind):
        if self.is_unavailable:
            raise StoreUnavailable("no")
        return self.known.get(kind)

    async def move_cut_off(self, kind, cut_off):
        self.known[kind] = cut_off

    async def oldest_ts(self, kind, now_ts):
        return min(self.moments, default=None)

    async def empty_log(self):
        return True

    async def remove_slice(self, kind, before_ts, *, now_ts, limit):
        gone = [ts for ts in self.moments if ts < before_ts][:limit]
        self.moments = self.moments[len(gone) :]
        self.slices.append(len(gone))
        return Removed(len(gone), (b"key",) * len(gone), is_done=not gone)


class Forgetful:
    def __init__(self):
        self.keys = 0

    def forget_details(self, keys):
        self.keys += len(keys)


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch):
    monkeypatch.setattr(retention, "PAUSE_SECONDS", 0.0)


@pytest.fixture
def clock():
    return ManualClock()


def make(store, clock, *, kept_days=30, doubt=lambda: False, forgetful=()):
    kept_ms = None if kept_days is None else kept_days * DAY_MS
    return Retention(
        store,
        clock,
        kept_ms={KIND: kept_ms},
        is_clock_in_doubt=doubt,
        forgetful=forgetful,
        metrics=PrometheusMetrics(),
    )


def days_before(clock, *days):
    return [clock.now_ts() - each * DAY_MS for each in days]


async def test_expired_data_leave_the_store_and_all_caches(clock):
    store, forgetful = FakeStore(days_before(clock, 1, 29, 31, 40)), Forgetful()

    await make(store, clock, forgetful=[forgetful]).delete_expired()

    assert store.moments == days_before(clock, 29, 1)
    assert forgetful.keys == 2


async def test_data_with_unlimited_retention_stay(clock):
    store = FakeStore(days_before(clock, 4_000))

    await make(store, clock, kept_days=None).delete_expired()

    assert store.moments == days_before(clock, 4_000)


async def test_slices_are_small(clock):
    store = FakeStore(days_before(clock, *[40] * 120))

    await make(store, clock).delete_expired()

    assert max(store.slices) == MAX_ROWS
    assert store.moments == []


async def test_nothing_is_deleted_while_the_clock_is_in_doubt(clock):
    store = FakeStore(days_before(clock, 31))
    is_in_doubt = True
    kept = make(store, clock, doubt=lambda: is_in_doubt)

    await kept.delete_expired()
    assert len(store.moments) == 1
    is_in_doubt = False
    await kept.delete_expired()

    assert store.moments == []


async def test_a_clock_that_is_set_deletes_nothing_for_a_day(clock):
    store = FakeStore(days_before(clock, 1, 2))
    kept = make(store, clock)
    await kept.delete_expired()

    clock.set_wall_clock(clock.now_ts() + 400 * DAY_MS)
    await kept.delete_expired()
    clock.advance(23 * 3_600)
    await kept.delete_expired()

    assert len(store.moments) == 2
    clock.advance(2 * 3_600)
    await kept.delete_expired()
    assert store.moments == []


async def test_a_clock_that_is_years_fast_from_the_start_deletes_a_months_worth_a_day(clock):
    store = FakeStore(days_before(clock, *range(100)))
    clock.set_wall_clock(clock.now_ts() + 4_000 * DAY_MS)
    kept = make(store, clock)
    left = []

    for _ in range(3):
        for _ in range(24):
            await kept.delete_expired()
            clock.advance(3_600)
        left.append(len(store.moments))
        kept = make(store, clock)  # a restart gives no more

    assert left == [70, 40, 10]


async def test_a_row_with_a_wrong_time_does_not_delay_deletion(clock):
    store = FakeStore([0, *days_before(clock, 35, 31)])
    kept = make(store, clock)

    for _ in range(3):
        await kept.delete_expired()
        clock.advance(86_400)

    assert store.moments == []


async def test_a_longer_retention_stops_a_deletion(clock):
    store = FakeStore(days_before(clock, 40, 35))
    store.known[KIND] = CutOff(clock.now_ts() - 30 * DAY_MS, clock.now_ts() - 1)

    await make(store, clock, kept_days=38).delete_expired()

    assert store.moments == days_before(clock, 35)


async def test_a_database_that_does_not_answer_is_asked_again(clock):
    store = FakeStore(days_before(clock, 31))
    store.is_unavailable = True
    kept = make(store, clock)

    await kept.delete_expired()
    store.is_unavailable = False
    await kept.delete_expired()

    assert store.moments == []
