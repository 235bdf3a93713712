"""Event rates in memory count what lies in the window, and stay small."""

from hypothesis import given
from hypothesis import strategies as st

from countersign.adapters.memory.event_rates import SLICES, MemoryEventRates

ALICE, BOB = ("sender", "@alice:example.org"), ("sender", "@bob:example.org")


def test_what_was_never_counted_is_none():
    assert MemoryEventRates().count(ALICE, 60, 1_000.0) == 0


def test_counts_each_counter_and_each_window_apart():
    rates = MemoryEventRates()
    for _ in range(3):
        rates.add(ALICE, 60, 1_000.0)
    rates.add(ALICE, 10, 1_000.0)

    assert rates.count(ALICE, 60, 1_001.0) == 3
    assert rates.count(ALICE, 10, 1_001.0) == 1
    assert rates.count(BOB, 60, 1_001.0) == 0


def test_forgets_what_has_left_the_window():
    rates = MemoryEventRates()
    rates.add(ALICE, 60, 1_000.0)
    rates.add(ALICE, 60, 1_030.0)

    assert [rates.count(ALICE, 60, now) for now in (1_059.9, 1_061.0, 1_091.0)] == [2, 1, 0]


def test_takes_back_what_was_added_then():
    rates = MemoryEventRates()
    rates.add(ALICE, 60, 1_000.0)
    rates.add(ALICE, 60, 1_030.0)
    rates.remove(ALICE, 60, 1_000.0)

    assert rates.count(ALICE, 60, 1_030.0) == 1
    assert rates.count(ALICE, 60, 1_061.5) == 1


def test_taking_back_what_is_forgotten_changes_nothing():
    rates = MemoryEventRates()
    rates.remove(ALICE, 60, 1_000.0)
    rates.add(ALICE, 60, 1_000.0)
    rates.remove(ALICE, 60, 500.0)
    rates.remove(ALICE, 60, 1_000.0)
    rates.remove(ALICE, 60, 1_000.0)

    assert rates.count(ALICE, 60, 1_000.0) == 0


def test_a_window_holds_few_numbers_however_much_it_counts():
    rates = MemoryEventRates(max_slices=SLICES + 1)
    for number in range(10_000):
        rates.add(ALICE, 60, 1_000.0 + number * 0.006)

    assert 9_990 <= rates.count(ALICE, 60, 1_060.0) <= 10_000


def test_forgets_the_least_recently_used_counter_beyond_its_bounds():
    rates = MemoryEventRates(max_counters=2)
    for counter in (ALICE, BOB, ALICE, ("room", "!r")):
        rates.add(counter, 60, 1_000.0)

    assert rates.count(BOB, 60, 1_000.0) == 0
    assert rates.count(ALICE, 60, 1_000.0) == 2


def test_a_clock_that_stands_still_or_a_hair_back_is_no_trouble():
    rates = MemoryEventRates()
    for now in (1_000.0, 1_000.0, 999.999):
        rates.add(ALICE, 1, now)

    assert rates.count(ALICE, 1, 999.0) == 3


@given(st.lists(st.floats(0, 30), max_size=40), st.integers(1, 20))
def test_counts_at_least_what_is_in_the_window_and_little_more(gaps, per_seconds):
    rates = MemoryEventRates()
    moments, now = [], 1_000.0
    for gap in gaps:
        now += gap
        rates.add(ALICE, per_seconds, now)
        moments.append(now)

    counted = rates.count(ALICE, per_seconds, now)

    within = sum(now - moment < per_seconds for moment in moments)
    nearly = sum(now - moment <= per_seconds * (1 + 2 / SLICES) for moment in moments)
    assert within <= counted <= nearly
