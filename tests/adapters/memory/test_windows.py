"""Tests of time windows in memory: correct counts and bounded size."""

from hypothesis import given
from hypothesis import strategies as st

from countersign.adapters.memory.windows import SLICES, Windows

ALICE, BOB = ("sender", "@alice:example.org"), ("sender", "@bob:example.org")


def test_an_unknown_counter_is_zero():
    assert Windows().count(ALICE, 60_000, 1_000_000).units == 0


def test_counts_each_counter_and_each_window_apart():
    windows = Windows()
    for _ in range(3):
        windows.add(ALICE, 60_000, 1_000_000, 1)
    windows.add(ALICE, 10_000, 1_000_000, 1)

    assert windows.count(ALICE, 60_000, 1_001_000).units == 3
    assert windows.count(ALICE, 10_000, 1_001_000).units == 1
    assert windows.count(BOB, 60_000, 1_001_000).units == 0


def test_forgets_what_has_left_the_window():
    windows = Windows()
    windows.add(ALICE, 60_000, 1_000_000, 1)
    windows.add(ALICE, 60_000, 1_030_000, 1)

    assert [
        windows.count(ALICE, 60_000, now).units for now in (1_059_900, 1_061_000, 1_091_000)
    ] == [2, 1, 0]


def test_a_window_holds_few_numbers_however_much_it_counts():
    windows = Windows(max_slices=SLICES + 1)
    for number in range(10_000):
        windows.add(ALICE, 60_000, 1_000_000 + number * 6, 1)

    assert 9_990 <= windows.count(ALICE, 60_000, 1_060_000).units <= 10_000


def test_forgets_the_least_recently_used_counter_beyond_its_bounds():
    windows = Windows(max_counters=2)
    for counter in (ALICE, BOB, ALICE, ("room", "!r")):
        windows.add(counter, 60_000, 1_000_000, 1)

    assert windows.count(BOB, 60_000, 1_000_000).units == 0
    assert windows.count(ALICE, 60_000, 1_000_000).units == 2


def test_a_clock_that_stands_still_or_a_hair_back_is_no_trouble():
    windows = Windows()
    for now in (1_000_000, 1_000_000, 999_999):
        windows.add(ALICE, 1_000, now, 1)

    assert windows.count(ALICE, 1_000, 999_000).units == 3


@given(st.lists(st.integers(0, 30_000), max_size=40), st.integers(1_000, 20_000))
def test_counts_at_least_what_is_in_the_window_and_little_more(gaps, window_ms):
    windows = Windows()
    moments, now = [], 1_000_000
    for gap in gaps:
        now += gap
        windows.add(ALICE, window_ms, now, 1)
        moments.append(now)

    counted = windows.count(ALICE, window_ms, now).units

    within = sum(now - moment < window_ms for moment in moments)
    nearly = sum(now - moment <= window_ms * (1 + 2 / SLICES) for moment in moments)
    assert within <= counted <= nearly
