"""Waiting for what tasks, threads and other processes do."""

import asyncio


async def until(condition, seconds=60.0):
    """Wait until `condition()` holds.

    Raises:
        TimeoutError: it does not for so long.
    """
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - of many kinds, which set no event
            await asyncio.sleep(0.005)
