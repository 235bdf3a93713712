"""Stages of several coroutines that run one after the other, stage by stage.

A request uses much code and memory. If a stage runs for several requests in a row, all of it is in
the processor's caches, and each takes less time.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from countersign.ports.event_loop.short_waits import ShortWait

T = TypeVar("T")

LEAST_UNDER_WAY: Final = 2
"""Number of coroutines in the last stage from which on those that begin go on together.

Two that take turns gain nothing.
"""
KEPT_TOGETHER: Final = 64
"""Number of further coroutines that wait for each other after one was not alone.

Requests that are answered together tend to arrive together again, and the first one arrives alone.
"""


class Stages:
    """Lets coroutines of one event loop that are under way at the same time end a stage together.

    As long as there are one or two at a time, none waits.
    """

    def __init__(self) -> None:
        self._in_last_stage = 0
        self._together = 0
        self._waiting: list[ShortWait[None]] = []

    async def begin(self) -> None:
        """Begin the stages; those that begin in the same round of the event loop go on together."""
        if self._in_last_stage >= LEAST_UNDER_WAY:
            self._together = KEPT_TOGETHER
        elif self._together:
            self._together -= 1
        if self._together:
            await self.end_stage()

    async def end_stage(self) -> None:
        """Return once all that are in the same round of the event loop have ended their stage."""
        if not self._together:
            return
        loop = asyncio.get_running_loop()
        waiter: ShortWait[None] = ShortWait(loop=loop)
        if not self._waiting:
            loop.call_soon(self._go_on)
        self._waiting.append(waiter)
        await waiter

    async def run_last(self, work: Callable[[], Awaitable[T]]) -> T:
        """End a stage, and run the last one, which waits for something; return what it returns."""
        self._in_last_stage += 1
        try:
            if self._together:
                await self.end_stage()
            return await work()
        finally:
            self._in_last_stage -= 1

    def _go_on(self) -> None:
        waiting, self._waiting = self._waiting, []
        for waiter in waiting:
            if not waiter.done():  # its coroutine was cancelled
                waiter.set_result(None)
