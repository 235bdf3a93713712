"""Pauses in long work on the event loop, for requests and for the threads of the database.

Yielding to the event loop is not enough. Threads that store decisions wait for the interpreter's
lock, five milliseconds each time as long as the loop is busy.
"""

import asyncio
from typing import Final

WORK_SECONDS: Final = 0.001
PAUSE_SECONDS: Final = 0.001


class Pauses:
    """Yields after each slice of work, and pauses for 1 ms after every 1 ms of work."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._since = self._loop.time()

    async def take(self) -> None:
        """Give other tasks a turn; call after each slice."""
        if self._loop.time() - self._since < WORK_SECONDS:
            await asyncio.sleep(0)
            return
        await asyncio.sleep(PAUSE_SECONDS)
        self._since = self._loop.time()
