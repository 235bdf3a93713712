"""Work that an event loop does while another thread waits for the disk.

Two threads share one interpreter. What the loop did as soon as it had handed a write over kept the
writing thread from beginning; what it does once that thread only waits costs no time at all.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Final, TypeAlias

from countersign.ports.event_loop.later_rounds import call_after_rounds

ROUNDS_UNTIL_SENT: Final = 3
"""Rounds of the event loop after which a lone write is on its way."""

WhileWriting: TypeAlias = Callable[[Callable[[], None]], None]
"""Takes a function that the running event loop is to call while something is written."""


def after_rounds(work: Callable[[], None]) -> None:
    """Call `work` a few rounds of the event loop later: where nothing tells what a write does."""
    call_after_rounds(ROUNDS_UNTIL_SENT, work)


class Meanwhile:
    """Hands work to event loops from a thread that is about to wait.

    Whoever adds work limits how much of it waits: none is called while nothing is written.
    """

    def __init__(self) -> None:
        self._waiting: deque[tuple[asyncio.AbstractEventLoop, Callable[[], None]]] = deque()

    def add(self, work: Callable[[], None]) -> None:
        """Have `work` called in the running event loop, when the thread waits the next time."""
        self._waiting.append((asyncio.get_running_loop(), work))

    def begin(self) -> None:
        """Have the loops begin with all that was added; called in the thread, before it waits."""
        while self._waiting:
            loop, work = self._waiting.popleft()
            with suppress(RuntimeError):  # the loop is closed, so nobody wants the result
                loop.call_soon_threadsafe(work)
