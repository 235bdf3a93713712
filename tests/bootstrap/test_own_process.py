"""Tests of garbage collection in a serving process, in small rounds, and of its memory."""

import gc
import subprocess
import sys
import weakref

import pytest

from countersign.bootstrap import own_process
from countersign.bootstrap.own_process import (
    FROZEN_FOR_ROUNDS,
    FULL_ROUND_SECONDS,
    ROUND_SECONDS,
    ROUNDS_OF_YOUNG,
    GarbageRounds,
    use_huge_pages,
)
from tests.architecture.repository import ROOT
from tests.memory import gives_huge_pages


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


FILL_AND_ASK = """
from countersign.bootstrap.own_process import use_huge_pages
from tests.memory import huge_page_bytes

kept = [bytes([number % 251]) * 2_000 for number in range(10_000)]
before = huge_page_bytes('self')
said = use_huge_pages()
assert [block[0] for block in kept] == [number % 251 for number in range(10_000)]
print(said, huge_page_bytes('self') - before)
"""


def test_data_moves_to_huge_pages_where_the_system_has_them():
    ran = subprocess.run(
        [sys.executable, "-c", FILL_AND_ASK], check=True, capture_output=True, text=True, cwd=ROOT
    )

    said, gained = map(int, ran.stdout.split())
    if gives_huge_pages():
        assert 0 < gained <= said
    else:
        assert said == gained == 0


@pytest.mark.parametrize("memory_map", [None, "", "7f00-7f01 rw-p 0 00:00 0"])
def test_a_system_without_such_pages_changes_nothing(tmp_path, monkeypatch, memory_map):
    place = tmp_path / "maps"
    monkeypatch.setattr(own_process, "MEMORY_MAP", place)
    if memory_map is not None:
        place.write_text(memory_map)

    assert use_huge_pages() == 0


def test_only_whole_huge_pages_of_our_own_data_are_asked_for(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(
        own_process.ctypes,
        "CDLL",
        lambda *_args, **_kwargs: FakeLibrary(lambda *call: asked.append(call) or 0),
    )
    place = tmp_path / "maps"
    monkeypatch.setattr(own_process, "MEMORY_MAP", place)
    place.write_text(
        "00100000-00700000 rw-p 00000000 00:00 0          [heap]\n"
        "00a00000-00bfffff rw-p 00000000 00:00 0 \n"
        "01000000-01400000 r-xp 00000000 00:00 7          /usr/lib/x y.so\n"
        "02000000-02400000 rw-s 00000000 00:01 0          /dev/zero (deleted)\n"
        "03000000-03200000 rw-p 00000000 00:00 0 \n"
        "7ffd0000-7fff0000 rw-p 00000000 00:00 0          [stack]\n"
    )

    assert use_huge_pages() == 0x400000 + 0x200000
    assert {call[:2] for call in asked} == {(0x200000, 0x400000), (0x3000000, 0x200000)}


class FakeLibrary:
    """Stands in for the C library, for an address space that is not this process's."""

    def __init__(self, madvise):
        self.madvise = FakeFunction(madvise)


class FakeFunction:
    """Has what ctypes lets set on a function of a library."""

    def __init__(self, call):
        self.call = call
        self.argtypes = ()

    def __call__(self, *arguments):
        return self.call(*arguments)
