"""Tests of short waits that exceed the time limit of their request."""

import asyncio

import pytest

from countersign.ports.event_loop.short_waits import ShortWait
from countersign.web.federation.deadlines import Deadlines


def short_wait():
    return ShortWait(loop=asyncio.get_running_loop())


async def begin(deadlines, work, seconds):
    waits_for = work.send(None)
    deadline = asyncio.get_running_loop().time() + seconds
    return await deadlines.run_short_waits(work, waits_for, deadline)


async def test_a_wait_that_ends_in_time_is_left_alone():
    deadlines, waits = Deadlines(0.1), [short_wait(), short_wait()]
    loop = asyncio.get_running_loop()
    loop.call_later(0.01, waits[0].set_result, "a")
    loop.call_later(0.02, waits[1].set_result, "b")

    async def work():
        return [await wait for wait in waits]

    assert await begin(deadlines, work(), 5) == (True, ["a", "b"])
    assert len(deadlines) == 0


async def test_overdue_work_gets_a_timeout_error():
    deadlines = Deadlines(0.1)

    async def work():
        with pytest.raises(TimeoutError):
            await short_wait()
        return "put away"

    async with asyncio.timeout(60):
        assert await begin(deadlines, work(), 0.02) == (True, "put away")
    assert len(deadlines) == 0


async def test_a_long_wait_is_handed_back():
    async def work():
        await asyncio.sleep(0)
        return "done"

    going = work()
    waited = await begin(Deadlines(0.1), going, 5)
    going.close()

    assert waited == (False, None)


async def test_concurrent_waits_have_deadlines_of_their_own():
    deadlines = Deadlines(0.1)
    patient, wait = short_wait(), short_wait()

    async def work(wait):
        return await wait

    late = asyncio.create_task(begin(deadlines, work(wait), 0.02))
    early = asyncio.create_task(begin(deadlines, work(patient), 5))
    with pytest.raises(TimeoutError):
        await late
    patient.set_result("still here")

    assert await early == (True, "still here")


async def test_a_closed_connection_leaves_nothing_behind():
    deadlines, wait, ended = Deadlines(0.1), short_wait(), []

    async def work():
        try:
            await wait
        finally:
            ended.append(True)

    going = asyncio.create_task(begin(deadlines, work(), 5))
    await asyncio.sleep(0)
    going.cancel()
    with pytest.raises(asyncio.CancelledError):
        await going

    assert (ended, len(deadlines)) == ([True], 0)
