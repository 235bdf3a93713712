"""Tests of coroutines that are stepped through short waits, and get a task for any other wait."""

import asyncio
import gc
import weakref

import pytest

from countersign.ports.event_loop.short_waits import ShortWait, TasklessRun


class WorkRecord:
    """Records how work ended, and the tasks that were made for it."""

    def __init__(self):
        self.ends, self.errors, self.tasks = [], [], []

    def by_hand(self, work):
        return TasklessRun(
            work, end=self.ends.append, fail=self.errors.append, on_task=self.tasks.append
        )


@pytest.fixture
def told():
    return WorkRecord()


def short_wait():
    return ShortWait(loop=asyncio.get_running_loop())


async def rounds(count=5):
    for _ in range(count):
        await asyncio.sleep(0)


async def test_short_waits_make_no_task(told):
    first, second, current = short_wait(), short_wait(), []

    async def work():
        total = await first + await second
        current.append(asyncio.current_task())
        return total

    told.by_hand(work()).step()
    for wait, value in ((first, 2), (second, 3)):
        assert told.ends == []
        wait.set_result(value)
        await rounds()

    assert (told.ends, told.tasks, current) == ([5], [], [None])


async def test_any_other_wait_makes_one_and_short_waits_go_on_in_it(told):
    begins, then = short_wait(), short_wait()

    async def work():
        await begins
        async with asyncio.timeout(60):
            await asyncio.sleep(0.001)
            return await then

    async def work_that_may_need_a_task():
        await begins
        await asyncio.sleep(0)
        return await work()

    told.by_hand(work_that_may_need_a_task()).step()
    begins.set_result(None)
    then.set_result("done")
    await rounds()
    await asyncio.wait(told.tasks)
    await rounds()

    assert (told.ends, len(told.tasks)) == (["done"], 1)


@pytest.mark.parametrize("in_task", [False, True])
async def test_an_error_is_for_whoever_began_the_work(told, in_task):
    wait = short_wait()

    async def work():
        if in_task:
            await asyncio.sleep(0)
        await wait

    told.by_hand(work()).step()
    await rounds()
    wait.set_exception(ZeroDivisionError())
    await rounds()

    assert [type(error) for error in told.errors] == [ZeroDivisionError]
    assert told.ends == []


@pytest.mark.parametrize("in_task", [False, True])
async def test_a_cancelled_wait_cancels_the_work(told, in_task):
    put_away = []

    async def work():
        try:
            if in_task:
                await asyncio.sleep(0)
            await short_wait()
        finally:
            put_away.append(True)

    by_hand = told.by_hand(work())
    by_hand.step()
    await rounds()
    by_hand.cancel()
    await rounds()

    assert [type(error) for error in told.errors] == [asyncio.CancelledError]
    assert put_away == [True]


async def test_work_that_ends_at_once_cannot_be_cancelled_afterwards(told):
    async def work():
        return "done"

    by_hand = told.by_hand(work())
    by_hand.step()
    by_hand.cancel()

    assert (told.ends, told.errors) == (["done"], [])


async def test_a_task_that_is_cancelled_before_its_first_step_ends_the_work(told):
    async def work():
        await asyncio.Event().wait()

    by_hand = told.by_hand(work())
    by_hand.step()
    by_hand.cancel()
    await rounds()

    assert [type(error) for error in told.errors] == [asyncio.CancelledError]


async def test_work_that_is_done_is_freed_without_the_garbage_collector(told):
    class Held:
        pass

    held, wait = Held(), short_wait()
    seen = weakref.ref(held)

    async def work(_, wait):
        await wait

    gc.disable()
    try:
        told.by_hand(work(held, wait)).step()
        del held
        wait.set_result(None)
        await rounds()
        del wait
        assert seen() is None
    finally:
        gc.enable()
