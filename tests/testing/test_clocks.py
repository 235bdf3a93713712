"""Tests of the manual clock."""

import asyncio

from countersign.testing.clocks import ManualClock


async def sleeper(clock, seconds, woken):
    await clock.sleep(seconds)
    woken.append((seconds, clock.monotonic()))


async def test_a_sleeper_wakes_when_the_time_has_passed_and_not_before():
    clock, woken = ManualClock(), []
    began = clock.monotonic()
    tasks = [asyncio.create_task(sleeper(clock, seconds, woken)) for seconds in (5, 2, 9)]
    await asyncio.sleep(0)

    clock.advance(1.5)
    await asyncio.sleep(0.01)
    assert woken == []
    clock.advance(4)
    await asyncio.gather(*tasks[:2])

    assert {seconds for seconds, _ in woken} == {2, 5}
    assert not tasks[2].done()
    assert clock.monotonic() == began + 5.5
    tasks[2].cancel()


async def test_a_cancelled_sleep_is_no_trouble_later():
    clock, woken = ManualClock(), []
    tasks = [asyncio.create_task(sleeper(clock, seconds, woken)) for seconds in (1, 1)]
    await asyncio.sleep(0)
    tasks[0].cancel()
    await asyncio.sleep(0)

    clock.advance(1)
    await asyncio.wait(tasks)

    assert len(woken) == 1


async def test_time_passes_by_itself_while_somebody_sleeps():
    clock = ManualClock()
    began = clock.monotonic()

    async with asyncio.timeout(60), clock.passing():
        await clock.sleep(3_600)
        await clock.sleep(0)
        await clock.sleep(60)

    assert clock.monotonic() == began + 3_660


async def test_time_stands_still_while_nobody_sleeps_and_after_the_block():
    clock = ManualClock()
    began = clock.monotonic()
    async with clock.passing():
        await asyncio.sleep(0.02)
    assert clock.monotonic() == began

    task = asyncio.create_task(clock.sleep(1))
    await asyncio.sleep(0.02)
    assert not task.done()
    task.cancel()
