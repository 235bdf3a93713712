"""Tests of counts by day: continued, never counted twice, on the real database."""

from dataclasses import replace

import pytest

from countersign.basics.durations import DAY_MS
from countersign.policy.decisions import Decision
from countersign.policy.findings import Finding
from countersign.policy.harms import Harm
from countersign.policy.policies.filter_registry import BUILTIN_FILTERS
from countersign.policy.policies.policy_documents import parse_policy
from countersign.ports.errors import StoreUnavailable
from countersign.service.commands.review.day_counts import (
    KEPT_MS,
    KEPT_TODAY_MS,
    LATE_MS,
    DayCounts,
    day_of,
)
from countersign.service.policies.policies_in_force import DEFAULT_COMMUNITY, Policies
from countersign.testing.records import make_recorded

TODAY = 20_000 * DAY_MS


class CountedReads:
    """The store, with what was asked of it."""

    def __init__(self, store):
        self._store = store
        self.asked = []
        self.fails_after = None

    async def summarized(self, since_ts, name_of, *, room_id=None, rooms=None, before_ts=None):
        self.asked.append((since_ts, before_ts))
        if self.fails_after is not None and len(self.asked) > self.fails_after:
            raise StoreUnavailable("the disk is gone")
        return await self._store.summarized(since_ts, name_of, before_ts=before_ts)


@pytest.fixture
def clock(world):
    world.clock.set_wall_clock(TODAY + DAY_MS // 2)
    return world.clock


@pytest.fixture
def reads(world):
    return CountedReads(world.stores.decisions)


@pytest.fixture
def counts(reads, clock):
    policies = Policies({DEFAULT_COMMUNITY: parse_policy(b"filters: []", BUILTIN_FILTERS)})
    return DayCounts(reads, policies, clock)


async def refuse(world, number, *, ts, sender="@alice:example.org"):
    finding = Finding(filter="keyword", harm=Harm.SPAM, reason="r", says="No.")
    decision = Decision.from_findings((finding,), policy_revision="abc").known_by(f"words {number}")
    made = make_recorded(number, decision, sender=sender)
    return await world.stores.decisions.record(replace(made, decided_ts=ts))


def shown(tallies):
    """Return how many events were refused, and how many people were."""
    step = tallies[DEFAULT_COMMUNITY].steps["keyword"]
    return step["refused"], step["people"]


async def test_only_what_was_decided_since_is_read_and_nobody_is_counted_twice(
    world, counts, reads, clock
):
    for number in range(3):
        await refuse(world, number, ts=TODAY + number, sender=f"@a{number}:example.org")
    assert shown(await counts.of(TODAY)) == (3, 3)
    until_ts = clock.now_ts() - LATE_MS

    clock.advance(KEPT_TODAY_MS / 1_000 + 1)
    await refuse(world, 3, ts=clock.now_ts() - 1, sender="@a1:example.org")
    assert shown(await counts.of(TODAY)) == (4, 3)
    assert reads.asked[-2] == (until_ts, clock.now_ts() - LATE_MS)
    assert reads.asked[-1] == (clock.now_ts() - LATE_MS, TODAY + DAY_MS)

    clock.advance(KEPT_TODAY_MS / 1_000 + 1)
    await refuse(world, 4, ts=clock.now_ts() - 1, sender="@new:example.org")
    assert shown(await counts.of(TODAY)) == (5, 4)


async def test_within_half_a_minute_nothing_is_read(world, counts, reads, clock):
    await refuse(world, 1, ts=TODAY)
    await counts.of(TODAY)
    asked = len(reads.asked)
    clock.advance(KEPT_TODAY_MS / 1_000 - 1)
    await counts.of(TODAY)

    assert len(reads.asked) == asked


async def test_decisions_stored_late_are_counted_once(world, counts, clock):
    await refuse(world, 1, ts=clock.now_ts() - LATE_MS // 2)
    assert shown(await counts.of(TODAY)) == (1, 1)

    # Decided before the last count, stored after it.
    await refuse(world, 2, ts=clock.now_ts() - LATE_MS // 2)
    clock.advance(KEPT_TODAY_MS / 1_000 + 1)

    assert shown(await counts.of(TODAY)) == (2, 1)


async def test_a_read_that_breaks_off_counts_nothing(world, counts, reads, clock):
    for number in range(4):
        await refuse(world, number, ts=TODAY + number)
    reads.fails_after = 1
    with pytest.raises(StoreUnavailable):
        await counts.of(TODAY)
    reads.fails_after = None

    assert shown(await counts.of(TODAY)) == (4, 1)


async def test_a_day_that_is_over_is_kept_for_hours_and_then_counted_anew(
    world, counts, reads, clock
):
    yesterday = TODAY - DAY_MS
    await refuse(world, 1, ts=TODAY - 1)
    assert shown(await counts.of(yesterday)) == (1, 1)
    clock.advance(KEPT_MS / 1_000 - 1)
    await counts.of(yesterday)
    assert len(reads.asked) == 1

    clock.advance(2)
    assert shown(await counts.of(yesterday)) == (1, 1)
    assert reads.asked[-1] == (yesterday, TODAY)


async def test_a_day_that_ends_meanwhile_is_counted_to_its_end(world, counts, clock):
    clock.set_wall_clock(TODAY + DAY_MS - 1_000)
    await refuse(world, 1, ts=TODAY + 1)
    assert shown(await counts.of(TODAY)) == (1, 1)
    await refuse(world, 2, ts=TODAY + DAY_MS - 1)
    await refuse(world, 3, ts=TODAY + DAY_MS)  # tomorrow's
    clock.advance(3_600)

    assert shown(await counts.of(TODAY)) == (2, 1)
    assert shown(await counts.of(TODAY + DAY_MS)) == (1, 1)
    assert day_of(clock.now_ts()) == TODAY + DAY_MS


async def test_a_clock_that_goes_back_counts_anew(world, counts, clock):
    await refuse(world, 1, ts=TODAY)
    await counts.of(TODAY)
    clock.set_wall_clock(clock.now_ts() - 3_600_000)

    assert shown(await counts.of(TODAY)) == (1, 1)
