"""Work that an event loop does while another thread waits for the disk.

Two threads share the interpreter's lock. Work that the loop does right after it hands over a write
delays the writing thread; work that it does once that thread waits for the disk costs no time.
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
    """Work for event loops, started from a thread that is about to wait.

    Callers must limit the work that they add: none of it runs while nothing is written.
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
