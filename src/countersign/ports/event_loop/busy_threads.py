"""Long work in threads beside the event loop, which gets its turns in short order meanwhile.

One thread runs Python at a time. Others that want to go on have it give up the interpreter's lock
after a while, by default five milliseconds. A request gives the lock up at each signature that it
verifies and at each read of the database. Beside a thread that was busy all the time, one request
with six signatures and a read took 42 ms in the median, and 2.5 ms with turns of 0.2 ms. Turns are
short only while such work is under way: writers of decisions are served better by long ones.
"""

import asyncio
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, ParamSpec, TypeVar

SHORT_SECONDS: Final = 0.0002

P = ParamSpec("P")
T = TypeVar("T")


class _Turns:
    """The interpreter's switch interval: short while any long work is under way."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._under_way = 0
        self._usual = 0.0

    def shorten(self) -> None:
        with self._lock:
            if self._under_way == 0:
                self._usual = sys.getswitchinterval()
                sys.setswitchinterval(SHORT_SECONDS)
            self._under_way += 1

    def restore(self) -> None:
        with self._lock:
            self._under_way -= 1
            if self._under_way == 0:
                sys.setswitchinterval(self._usual)


_turns = _Turns()


@contextmanager
def short_turns() -> Iterator[None]:
    """Have threads take short turns for as long as the block lasts."""
    _turns.shorten()
    try:
        yield
    finally:
        _turns.restore()


async def in_thread(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do long work in a thread, in short turns, and return its value.

    Cancelling the caller does not end the work.
    """

    def work_in_short_turns() -> T:
        return in_short_turns(work, *args, **kwargs)

    return await asyncio.to_thread(work_in_short_turns)


def in_short_turns(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do long work in this thread, in short turns, and return its value."""
    with short_turns():
        return work(*args, **kwargs)
