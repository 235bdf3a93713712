"""Calls in a later round of the event loop, after callbacks that the present round schedules."""

import asyncio
from collections.abc import Callable


def call_after_rounds(rounds: int, work: Callable[[], None]) -> None:
    """Call `work` once the running event loop went round so many more times."""
    loop = asyncio.get_running_loop()
    loop.call_soon(_count_down, loop, rounds, work)


def _count_down(loop: asyncio.AbstractEventLoop, rounds: int, work: Callable[[], None]) -> None:
    if rounds > 1:
        loop.call_soon(_count_down, loop, rounds - 1, work)
    else:
        work()
