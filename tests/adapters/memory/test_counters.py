"""The contract suite of the counters in memory; their size, and steps of the wall clock."""

from random import Random  # noqa: TID251 - seeded, so that a run can be repeated

import pytest

from countersign.adapters.memory.counters import MAX_ROOMS, MemoryCounters
from countersign.policy.questions.crowds import Crowd
from countersign.policy.text.minhash import PLACES, MinHash
from countersign.ports.counters import (
    Count,
    Namespace,
    RecentMembers,
    SameThing,
    Settlement,
    SimilarText,
    Total,
)
from countersign.ports.people_counts import Unsigned
from countersign.testing.clocks import ManualClock
from tests.contracts.counted_events import ALICE, LINK, RATE, count, look, make_event, units
from tests.contracts.counters import CounterContract
from tests.memory import measured_bytes

YEAR_MS = 365 * 86_400_000


@pytest.fixture
def clock():
    return ManualClock()


class TestContract(CounterContract):
    @pytest.fixture
    def open_counters(self, clock):
        counters = MemoryCounters(clock)
        return lambda: counters

    @pytest.fixture
    def let_pass(self, clock):
        async def let_pass(seconds):
            clock.advance(seconds)

        return let_pass


@pytest.mark.parametrize("jump_ms", [YEAR_MS, -YEAR_MS, 3_600_000, -3_600_000])
async def test_a_wall_clock_that_is_set_makes_nobody_forgotten_and_nobody_stay(clock, jump_ms):
    counters = MemoryCounters(clock)
    for number in range(3):
        await count(counters, make_event(f"{number}"), RATE, LINK, settlement=Settlement.SIGNED)
    clock.set_wall_clock(clock.now_ts() + jump_ms)
    clock.advance(30)
    await count(counters, make_event("after"), RATE, settlement=Settlement.SIGNED)

    within = await units(counters, RATE)
    seen = await look(counters, LINK)
    clock.advance(31)
    later = await units(counters, RATE)
    clock.advance(31)

    assert (within, later) == (4, 1)
    assert seen.by_sender == 3
    assert await units(counters, RATE) == 0


@pytest.mark.parametrize("jump_ms", [YEAR_MS, -YEAR_MS])
async def test_a_wall_clock_that_is_set_neither_ends_nor_keeps_a_reservation(clock, jump_ms):
    counters, event = MemoryCounters(clock), make_event("pending")
    await counters.reserve(event, [RATE])
    clock.set_wall_clock(clock.now_ts() + jump_ms)
    clock.advance(9)
    held = await units(counters, RATE)
    clock.advance(2)

    assert held == 1
    assert await units(counters, RATE) == 0


def test_a_dry_run_says_what_time_it_is(clock):
    counters = MemoryCounters(clock)
    for number, now_ts in enumerate((1_000, 31_000, 62_000)):
        event = make_event(f"{number}")
        answers = counters.reserve_now(event, [RATE], now_ts)
        counters.settle(event.key, Settlement.SIGNED)

    assert answers == [Total(1, 31_000)]


async def test_beyond_so_many_pending_events_the_oldest_are_given_up(clock):
    counters = MemoryCounters(clock, max_reserved=3)
    for number in range(5):
        await counters.reserve(make_event(f"{number}"), [RATE, LINK])

    # Those who look hold a place themselves.
    assert await units(counters, RATE) == 2
    assert (await look(counters, LINK)).by_sender == 2


async def test_pending_events_leave_nothing_behind(clock):
    """A server that runs for months must not remember who once was pending."""
    counters = MemoryCounters(clock)
    for number in range(300):
        sender = f"@u{number}:b"
        event = make_event(f"{number}", sender)
        own = Count(Namespace.EVENTS, (sender,), 1_000)
        await counters.reserve(event, [RATE, own, LINK])
        (counters.cancel(event.key) if number % 3 else None)
        (counters.settle(event.key, Settlement.EXCUSED) if number % 2 else None)
    clock.advance(11)
    await look(counters, LINK)

    assert not counters._reserved
    assert not counters._own_pending


async def test_a_flood_of_one_kind_pushes_out_no_other(clock):
    counters = MemoryCounters(clock)
    warned = Count(Namespace.WARNINGS, (ALICE, "words"), 86_400_000, on=Settlement.WARNED)
    await count(counters, make_event("warned"), warned, settlement=Settlement.WARNED)
    for number in range(60_000):
        event = make_event(f"{number}")
        counters.reserve_now(event, [Count(Namespace.EVENTS, (f"{number}",), 60_000)])
        counters.settle(event.key, Settlement.SIGNED)

    assert await units(counters, warned) == 1
    assert await units(counters, Count(Namespace.EVENTS, ("0",), 60_000)) == 0
    assert await units(counters, Count(Namespace.EVENTS, ("59999",), 60_000)) == 1


async def test_active_writers_are_kept_for_a_limited_number_of_rooms(clock):
    counters = MemoryCounters(clock)
    rooms = [f"!{number}:b" for number in range(MAX_ROOMS + 1)]
    members = [RecentMembers(room, 60_000, 3, is_added=True, is_listed=True) for room in rooms]
    for number, question in enumerate(members):
        await count(counters, make_event(f"{number}"), question, settlement=Settlement.SIGNED)

    assert await look(counters, members[0]) == ()
    assert await look(counters, members[1]) == (ALICE,)


def test_the_most_pending_events_fit_into_memory(clock):
    """Each with the longest user IDs, and as many things as a filter compares."""
    counters, chance = MemoryCounters(clock), Random(1)
    with measured_bytes() as taken:
        for number in range(200):
            sender = f"@{number:->240}:b"
            drawn = MinHash(tuple(chance.getrandbits(32) for _ in range(PLACES)))
            event = make_event(f"{number}", sender)
            counters.reserve_now(
                event,
                [
                    *(Count(Namespace.EVENTS, ("sender", sender), w) for w in (1_000, 60_000)),
                    Count(Namespace.MENTIONS, (sender,), 60_000, 5),
                    *(SameThing(chance.randbytes(16), 60_000) for _ in range(8)),
                    SimilarText(drawn, 60, 60_000),
                ],
            )

    assert taken() / 200 * 5_000 < 100_000_000


def test_a_cancelled_reservation_is_forgotten_wholly(clock):
    counters = MemoryCounters(clock)
    thing = SameThing(b"t" * 16, 60_000)
    first, second = make_event("first"), make_event("second")
    counters.reserve_now(first, [thing])
    counters.settle(first.key, Settlement.SIGNED)
    clock.advance(50)
    counters.reserve_now(second, [thing])
    counters.cancel(second.key)
    clock.advance(20)

    assert counters.reserve_now(make_event("third"), [thing]) == [Crowd()]


async def test_words_are_worked_out_only_of_a_sender_of_whom_something_was_not_signed(clock):
    counters, worked_out = MemoryCounters(clock), []

    async def send(number, settlement):
        def words():
            worked_out.append(number)
            return "words"

        event = make_event(str(number))
        (is_retry,) = await counters.reserve(event, [Unsigned(words, 60_000)])
        counters.settle(event.key, settlement)
        return is_retry

    assert not await send(1, Settlement.SIGNED)
    assert worked_out == []
    assert not await send(2, Settlement.REFUSED)
    assert await send(3, Settlement.REFUSED)
    assert worked_out == [2, 3]
