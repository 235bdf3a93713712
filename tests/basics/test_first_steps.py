"""Tests of coroutines that are stepped without a task until they first wait."""

import asyncio

import pytest

from countersign.basics.first_steps import close_unfinished, continue_in_task


async def begun(work):
    """Return what the rest of `work` returns, after a first step outside of any task."""
    steps = []
    asyncio.get_running_loop().call_soon(lambda: steps.append(work.send(None)))
    await asyncio.sleep(0)
    return await continue_in_task(work, steps[0])


async def test_work_goes_on_after_each_wait():
    first, second = asyncio.Event(), asyncio.Event()

    async def work():
        await first.wait()
        await asyncio.sleep(0)
        await second.wait()
        return "done"

    going = asyncio.create_task(begun(work()))
    await asyncio.sleep(0)
    first.set()
    for _ in range(5):
        await asyncio.sleep(0)
    assert not going.done()

    second.set()
    assert await going == "done"


async def test_work_may_begin_by_letting_others_go_first():
    async def work():
        await asyncio.sleep(0)
        return "done"

    assert await begun(work()) == "done"


async def test_an_error_after_a_wait_is_the_callers():
    async def work():
        await asyncio.sleep(0.001)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await begun(work())


async def test_a_timeout_ends_what_the_work_waits_for():
    cancelled = []

    async def work():
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(True)
            raise

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await begun(work())

    assert cancelled == [True]


async def test_work_may_outlive_a_cancellation():
    async def work():
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await asyncio.sleep(0)
            return "put away"

    going = asyncio.create_task(begun(work()))
    for _ in range(3):
        await asyncio.sleep(0)
    going.cancel()

    assert await going == "put away"


async def test_an_abandoned_coroutine_is_closed():
    ended = []

    async def work():
        try:
            await waiter
        finally:
            ended.append(True)

    waiter = asyncio.get_running_loop().create_future()
    given_up = work()
    close_unfinished(given_up, given_up.send(None))

    assert ended == [True]
    assert waiter.cancelled()
