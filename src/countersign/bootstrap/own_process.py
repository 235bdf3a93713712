"""Set-up of our own process: logs, limits, garbage collection and the heap."""

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


COLLECT_AFTER: Final = (5_000, 5, 4_000)
"""Thresholds of the garbage collector; each of its rounds stops the event loop.

A round of the young looks at 5,000 objects, one of those that outlived it at 25,000: some
milliseconds. A full round looks at all that came since the start, and is rare.
"""
M_MMAP_THRESHOLD: Final = -3
LARGE_BLOCK_BYTES: Final = 64 * 1024


def spare_garbage_collector() -> None:
    """Have it leave alone what stays for good, rooms and word lists, and look less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)


def return_large_blocks() -> None:
    """Have glibc give large blocks back to the system as soon as they are free.

    By itself it raises the size from which it does so, up to 32 MiB. The buffers of TLS connections
    then leave holes in a heap that never shrinks: 600 uploads at once took 447 MB, and 261 MB with
    this. Other C libraries do without.
    """
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK_BYTES)
