"""Tests of stages that coroutines go through side by side."""

import asyncio

import pytest

from countersign.ports.event_loop.stages import KEPT_TOGETHER, LEAST_UNDER_WAY, Stages


class Crowd:
    """Coroutines that go through two stages and a last one, which ends when it is told to."""

    def __init__(self):
        self.stages, self.steps = Stages(), []
        self.may_end = asyncio.Event()

    async def work(self, name):
        await self.stages.begin()
        self.steps.append(f"{name} first")
        await self.stages.end_stage()
        self.steps.append(f"{name} second")
        await self.stages.run_last(self.may_end.wait)

    def start(self, *names):
        return [asyncio.ensure_future(self.work(name)) for name in names]


async def rounds(count=20):
    for _ in range(count):
        await asyncio.sleep(0)


@pytest.fixture
async def crowd():
    crowd = Crowd()
    running = crowd.start(*range(LEAST_UNDER_WAY))
    await rounds()
    crowd.steps.clear()
    yield crowd
    crowd.may_end.set()
    await asyncio.gather(*running)


async def test_a_coroutine_alone_does_not_wait():
    stages = Stages()

    for wait in (stages.begin(), stages.end_stage()):
        with pytest.raises(StopIteration):
            wait.send(None)


async def test_coroutines_of_a_round_end_each_stage_before_one_begins_the_next(crowd):
    running = crowd.start("a", "b", "c")
    await rounds()

    assert crowd.steps == ["a first", "b first", "c first", "a second", "b second", "c second"]
    crowd.may_end.set()
    await asyncio.gather(*running)


async def test_a_cancelled_coroutine_holds_up_nobody(crowd):
    running = crowd.start("a", "b")
    await asyncio.sleep(0)
    running[0].cancel()
    await rounds()

    assert crowd.steps == ["b first", "b second"]
    crowd.may_end.set()
    await asyncio.gather(*running, return_exceptions=True)


async def test_coroutines_that_met_nobody_for_long_do_not_wait(crowd):
    crowd.may_end.set()
    await rounds()
    for name in range(KEPT_TOGETHER):
        await crowd.work(name)

    beginning = crowd.stages.begin()

    with pytest.raises(StopIteration):
        beginning.send(None)


async def test_errors_of_the_last_stage_are_passed_on():
    stages = Stages()

    async def fail():
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await stages.run_last(fail)
