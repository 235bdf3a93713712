"""Set-up of our own process: logs, limits, garbage collection and the heap."""

import asyncio
import ctypes
import gc
import logging
import resource
from contextlib import suppress
from typing import Final

from countersign.adapters.logs import configure_logs
from countersign.config import Config

OPEN_FILES: Final = 65_536


def prepare_process(config: Config) -> None:
    """Set up logs, and the limits of this process."""
    configure_logs_of(config)
    _limit_resources()
    return_large_blocks()


def configure_logs_of(config: Config) -> None:
    """Have log lines look as the settings say."""
    is_json = {"auto": None, "json": True, "text": False}[config.logs.format]
    configure_logs(logging.getLevelNamesMapping()[config.logs.level.upper()], is_json=is_json)


def _limit_resources() -> None:
    """A core dump would hold our keys; and each connection is an open file."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


COLLECT_AFTER: Final = (50_000, 10, 1_000_000)
"""Thresholds at which the garbage collector looks by itself: `GarbageRounds` is there before."""
ROUND_SECONDS: Final = 0.1
MAX_OUTLIVED: Final = 5_000
"""Of objects that outlived one round there may be so many before a round looks at them again."""
FULL_ROUND_SECONDS: Final = 600.0
M_MMAP_THRESHOLD: Final = -3
LARGE_BLOCK_BYTES: Final = 64 * 1024


def spare_garbage_collector() -> None:
    """Have it leave alone what stays for good, rooms and word lists, and look less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)


class GarbageRounds:
    """Rounds of the garbage collector at set times, each of them short.

    By itself the collector waits until more objects came than went. Once all that remembers the
    last so many things is full, as many go as come: the young then grow to any number, until a
    moment of much work has it look at all of them, for tens of milliseconds. No request and no
    connection leaves anything that only the collector frees; a look-up that fails does.

    Args:
        loop: the event loop that each round stops.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._full_at = loop.time() + FULL_ROUND_SECONDS
        self._next = loop.call_later(ROUND_SECONDS, self._have_one)

    def end(self) -> None:
        """Have no more of them."""
        self._next.cancel()

    def _have_one(self) -> None:
        self._next = self._loop.call_later(ROUND_SECONDS, self._have_one)
        now = self._loop.time()
        if now >= self._full_at:
            self._full_at = now + FULL_ROUND_SECONDS
            gc.collect()
            gc.freeze()  # so that the next one looks only at what came since
        else:
            gc.collect(int(len(gc.get_objects(generation=1)) >= MAX_OUTLIVED))


def return_large_blocks() -> None:
    """Have glibc give large blocks back to the system as soon as they are free.

    By itself it raises the size from which it does so, up to 32 MiB. The buffers of TLS connections
    then leave holes in a heap that never shrinks: 600 uploads at once took 447 MB, and 261 MB with
    this. Other C libraries do without.
    """
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK_BYTES)
