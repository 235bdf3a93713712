"""Set-up of our own process: logs, limits, garbage collection and memory."""

import asyncio
import ctypes
import gc
import logging
import mmap
import resource
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from countersign.adapters.logs import configure_logs
from countersign.config import Config, ConfigError

OPEN_FILES: Final = 65_536
MIN_OPEN_FILES: Final = 128
"""Minimum number of open files; with fewer, a start fails or nobody can connect."""


def prepare_process(config: Config) -> None:
    """Set up logs, and the limits of this process.

    Raises:
        ConfigError: the system allows it too few open files.
    """
    is_json = {"auto": None, "json": True, "text": False}[config.logs.format]
    configure_logs(logging.getLevelNamesMapping()[config.logs.level.upper()], is_json=is_json)
    _limit_resources()
    return_large_blocks()


def _limit_resources() -> None:
    """Turn off core dumps, which would contain our keys, and raise the limit on open files.

    Raises:
        ConfigError: that limit is too low.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < limit:
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
    if limit < MIN_OPEN_FILES:
        raise ConfigError(
            f"This process may open {limit} files and connections; it needs {MIN_OPEN_FILES} at"
            " least, and one more for each connection. Raise the limit: `ulimit -n 65536`, or"
            " `LimitNOFILE=65536` in the unit of systemd."
        )


COLLECT_AFTER: Final = (50_000, 10, 1_000_000)
"""Thresholds of automatic collections, which are so high that `GarbageRounds` comes first."""
ROUND_SECONDS: Final = 0.1
ROUNDS_OF_YOUNG: Final = 4
"""Number of collections of generation 0 after which one covers generation 1, too.

Counting the objects there takes longer than collecting them.
"""
FULL_ROUND_SECONDS: Final = 600.0
FROZEN_FOR_ROUNDS: Final = 6
"""Number of full collections of which the last covers frozen objects, too.

A cycle of objects that is frozen and then no longer used would otherwise never be freed. Counting
all permanent objects stops the event loop for longer than any other round.
"""
M_MMAP_THRESHOLD: Final = -3
LARGE_BLOCK_BYTES: Final = 64 * 1024
MEMORY_MAP: Final = Path("/proc/self/maps")
HUGE_PAGE_BYTES: Final = 2 * 1024 * 1024
MADV_COLLAPSE: Final = 25
"""Advice to `madvise` that makes huge pages of a range at once; Linux 6.1 and later."""


def spare_garbage_collector() -> None:
    """Freeze permanent objects, such as rooms and word lists, and collect less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)


class GarbageRounds:
    """Short garbage collections at fixed intervals.

    Automatic collections start when more objects were allocated than freed. When all bounded caches
    are full, both numbers are equal, so young objects accumulate, until a busy moment causes a
    collection of tens of milliseconds. Requests and connections leave no reference cycles; failed
    look-ups do.

    Args:
        loop: the event loop, which each collection stops.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._full_at = loop.time() + FULL_ROUND_SECONDS
        self._of_young = 0
        self._of_newer = 0
        self._next = loop.call_later(ROUND_SECONDS, self._collect)

    def end(self) -> None:
        """Stop the collections."""
        self._next.cancel()

    def _collect(self) -> None:
        self._next = self._loop.call_later(ROUND_SECONDS, self._collect)
        now = self._loop.time()
        if now >= self._full_at:
            self._full_at = now + FULL_ROUND_SECONDS
            self._of_newer += 1
            if self._of_newer == FROZEN_FOR_ROUNDS:
                self._of_newer = 0
                gc.unfreeze()
            gc.collect()
            gc.freeze()  # so that the next one covers only newer objects
        elif self._of_young < ROUNDS_OF_YOUNG:
            self._of_young += 1
            gc.collect(0)
        else:
            self._of_young = 0
            gc.collect(1)


def return_large_blocks() -> None:
    """Make glibc return large blocks to the system as soon as they are free.

    By default glibc raises the threshold for this, up to 32 MiB. The buffers of TLS connections
    then fragment a heap that never shrinks: 600 concurrent uploads took 447 MB, with this 261 MB.
    Does nothing with other C libraries.
    """
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK_BYTES)


def keep_loaded() -> None:
    """Prepare the memory of a process in which everything is loaded that is to stay."""
    spare_garbage_collector()
    use_huge_pages()


def use_huge_pages() -> int:
    """Move the present memory to pages of 2 MiB, where the system allows it.

    The interpreter reads code and objects all over its memory. With pages of 4 KiB the processor
    often has to look up where one is, which takes longest in virtual machines. Most systems give
    huge pages only to programs that ask for them.

    Returns:
        Number of bytes on huge pages because of this call; 0 if the system has none for us.
    """
    try:
        madvise = ctypes.CDLL(None, use_errno=True).madvise
        ranges = list(_ranges_for_huge_pages(MEMORY_MAP.read_text("ascii", "replace")))
    except (AttributeError, OSError):
        return 0
    madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    # Memory that cannot be had on huge pages, such as stacks of threads, stays as it is.
    return sum(
        size
        for start, size in ranges
        if madvise(start, size, mmap.MADV_HUGEPAGE) == madvise(start, size, MADV_COLLAPSE) == 0
    )


def _ranges_for_huge_pages(memory_map: str) -> Iterator[tuple[int, int]]:
    """Yield start and size in bytes of each range of whole huge pages that holds data of ours.

    Args:
        memory_map: the lines of `/proc/self/maps`.
    """
    for line in memory_map.splitlines():
        addresses, permissions, _offset, _device, inode, *name = line.split(maxsplit=5)
        if permissions != "rw-p" or inode != "0" or name not in ([], ["[heap]"]):
            continue
        first, end = (int(address, 16) for address in addresses.split("-"))
        start = -(-first // HUGE_PAGE_BYTES) * HUGE_PAGE_BYTES
        size = end // HUGE_PAGE_BYTES * HUGE_PAGE_BYTES - start
        if size > 0:
            yield start, size
