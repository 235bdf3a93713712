"""Tests of the signs of life by which a supervisor knows that workers go on."""

import asyncio

from countersign.adapters import worker_beats as module
from countersign.adapters.worker_beats import Beats, Watch


def test_a_worker_hangs_after_so_many_looks_in_a_row_without_a_sign_of_life(monkeypatch):
    beats = Beats(2)
    watch = Watch(beats, 1, most=3)
    monkeypatch.setattr(module, "BEAT_SECONDS", 0.001)

    async def live():
        beats.begin(1, asyncio.get_running_loop())
        before = beats.count(1)
        await asyncio.sleep(0.05)
        assert beats.count(1) > before

    asyncio.run(live())
    assert beats.count(0) == 0  # another worker's
    assert [watch.is_hung() for _ in range(4)] == [False, False, False, True]
    assert [watch.is_hung() for _ in range(3)] == [False, False, True]  # it could not be ended yet

    assert not watch.is_hung()
    assert not watch.is_hung()
    asyncio.run(live())
    assert [watch.is_hung() for _ in range(3)] == [False, False, False]
    watch.begin()  # it ended, and another process has its place
    assert [watch.is_hung() for _ in range(3)] == [False, False, True]
