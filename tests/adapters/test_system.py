"""Tests of the system's clock and randomness, as far as possible without waiting."""

from countersign.adapters.system import SystemClock, SystemRandomness
from countersign.testing.clocks import ManualClock, RepeatableRandomness


def test_the_wall_clock_counts_milliseconds_of_this_century():
    assert 1_700_000_000_000 < SystemClock().now_ts() < 4_000_000_000_000


def test_the_monotonic_clock_does_not_go_back():
    clock = SystemClock()

    assert clock.monotonic() <= clock.monotonic()


def test_randomness_is_as_long_as_asked_and_new_each_time():
    for randomness in (SystemRandomness(), RepeatableRandomness()):
        drawn = [randomness.random_bytes(32) for _ in range(10)]

        assert {len(one) for one in drawn} == {32}
        assert len(set(drawn)) == 10
        assert all(0 <= randomness.fraction() < 1 for _ in range(100))


def test_repeatable_randomness_repeats_itself_by_seed():
    one, same, other = (RepeatableRandomness(seed) for seed in (b"1", b"1", b"2"))

    assert one.random_bytes(40) == same.random_bytes(40) != other.random_bytes(40)


def test_a_manual_clock_moves_only_when_told():
    clock = ManualClock(now_ts=5_000)
    started = clock.monotonic()

    clock.advance(1.5)
    assert (clock.now_ts(), clock.monotonic()) == (6_500, started + 1.5)

    clock.set_wall_clock(0)
    assert (clock.now_ts(), clock.monotonic()) == (0, started + 1.5)
