"""Long work on the event loop, with pauses in which others go on: requests, and the database too.

To give the event loop a turn is not enough. Threads that store decisions wait for the interpreter's
lock, five milliseconds each time while the loop has always something to do.
"""

import asyncio
from typing import Final

WORK_SECONDS: Final = 0.001
PAUSE_SECONDS: Final = 0.001


class Pauses:
    """Gives others a turn after each slice of work, and half of the time in all."""

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
