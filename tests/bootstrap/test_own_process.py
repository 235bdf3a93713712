"""Tests of garbage collection in a serving process, in small rounds."""

import gc
import weakref

import pytest

from countersign.bootstrap.own_process import (
    FROZEN_FOR_ROUNDS,
    FULL_ROUND_SECONDS,
    ROUND_SECONDS,
    ROUNDS_OF_YOUNG,
    GarbageRounds,
)


class FakeLoop:
    """Has the two methods of an event loop that rounds need, and a clock that the test moves."""

    def __init__(self):
        self.now = 0.0
        self.due = None

    def time(self):
        return self.now

    def call_later(self, seconds, callback):
        self.due = (self.now + seconds, callback)
        return self

    def cancel(self):
        self.due = None

    def go_on(self, seconds):
        """Let time pass until the next round, or longer as if the loop was held."""
        at, callback = self.due
        self.now = max(at, self.now + seconds)
        callback()


@pytest.fixture
def loop():
    """Return a loop while the collector does nothing by itself.

    What other tests left stays frozen: each collection from here to the end would go through it.
    """
    gc.collect()
    gc.freeze()
    gc.disable()
    yield FakeLoop()
    gc.enable()


class Ring:
    """Holds itself."""

    def __init__(self):
        self.itself = self


def test_each_round_frees_what_became_garbage_before(loop):
    GarbageRounds(loop)
    ring = weakref.ref(Ring())
    assert ring() is not None

    loop.go_on(ROUND_SECONDS)

    assert ring() is None


def test_the_young_never_become_many_however_many_stay(loop):
    # As many go as come, so by itself the collector would count none: this is a full memory.
    GarbageRounds(loop)
    remembered = [[number] for number in range(1_000)]
    looked_at = []
    for number in range(100_000):
        remembered[number % len(remembered)] = [[number]]
        if number % 1_000 == 0:
            looked_at.append(sum(len(gc.get_objects(generation)) for generation in (0, 1)))
            loop.go_on(ROUND_SECONDS)

    assert max(looked_at) < 20_000


def test_garbage_after_a_round_is_freed_some_rounds_later(loop):
    GarbageRounds(loop)
    ring = Ring()
    loop.go_on(ROUND_SECONDS)
    left = weakref.ref(ring)
    del ring
    loop.go_on(ROUND_SECONDS)
    assert left() is not None

    for _ in range(ROUNDS_OF_YOUNG):
        loop.go_on(ROUND_SECONDS)

    assert left() is None


def test_a_full_round_comes_seldom_and_frees_what_outlived_all_others(loop):
    GarbageRounds(loop)
    ring = Ring()
    gc.collect()  # now it is of the oldest
    left = weakref.ref(ring)
    del ring
    loop.go_on(ROUND_SECONDS)
    assert left() is not None

    loop.go_on(FULL_ROUND_SECONDS)

    assert left() is None


def test_frozen_garbage_is_freed_by_a_later_full_round(loop):
    GarbageRounds(loop)
    ring = Ring()
    loop.go_on(FULL_ROUND_SECONDS)
    left = weakref.ref(ring)
    del ring

    for _ in range(FROZEN_FOR_ROUNDS - 1):
        assert left() is not None
        loop.go_on(FULL_ROUND_SECONDS)

    assert left() is None


def test_there_are_no_rounds_after_their_end(loop):
    GarbageRounds(loop).end()

    assert loop.due is None
