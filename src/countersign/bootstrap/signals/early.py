"""Signals that come before a server has an event loop to handle them in.

Nothing else is imported here: this runs before the modules that take long to load.
"""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final, NoReturn

STOPPING: Final = (signal.SIGTERM, signal.SIGINT)
"""Signals that end a server."""


def handle_signals_early() -> None:
    """Hold SIGHUP back, and have SIGTERM and SIGINT end the process with status 0.

    The handlers matter in containers too: the kernel keeps from process 1 what has none.
    """
    block_reloads()
    for number in STOPPING:
        signal.signal(number, _end)


def block_reloads() -> None:
    """Block SIGHUP: the kernel keeps one until `unblock_reloads`.

    A process that is forked meanwhile holds it back, too.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGHUP,))


def unblock_reloads() -> None:
    """Deliver a SIGHUP that was held back to the present handler."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGHUP,))


@contextmanager
def signals_blocked(numbers: tuple[signal.Signals, ...]) -> Iterator[None]:
    """Block these signals within the block; the kernel keeps them."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, numbers)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _end(_number: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(0)
