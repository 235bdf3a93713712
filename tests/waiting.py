"""Waiting for what tasks, threads and other processes do, and for time limits of the event loop."""

import asyncio
from inspect import isawaitable

PATIENCE_SECONDS = 300.0
"""Time for anything that will happen; only a test that fails uses it up."""


async def until(condition, seconds=PATIENCE_SECONDS):
    """Wait until `condition()` holds, or what it returns and is awaited.

    Raises:
        TimeoutError: it does not for so long.
    """
    async with asyncio.timeout(seconds):
        while True:
            held = condition()
            if await held if isawaitable(held) else held:
                return
            await asyncio.sleep(0.005)


class LoopTime:
    """The time of the running event loop, by which its time limits and sleeps end.

    However slow the machine is, a limit of a minute or more ends first when a test says so.
    """

    def __init__(self):
        self._loop = asyncio.get_running_loop()
        self._time = self._loop.time
        self._ahead = 0.0
        self._loop.time = lambda: self._time() + self._ahead

    def advance(self, seconds):
        """Have limits and sleeps of up to so many seconds end at the loop's next turn."""
        self._ahead += seconds
