"""Forks of a process without other threads."""

import os
import threading
from pathlib import Path
from typing import Final

import structlog

_THREADS: Final = Path("/proc/self/task")
_WAIT_SECONDS: Final = 0.002
_MAX_WAITS: Final = 1_000

log = structlog.get_logger()


def fork_with_pipe() -> tuple[int, int, int]:
    """Fork this process once it has no other thread, two seconds later at most.

    A thread that Python has joined is still ending outside of Python, where it takes a lock of
    OpenSSL. A process that is forked at that moment has the lock, and nobody who releases it: it
    would wait for ever when it first uses TLS.

    Returns:
        The ID of the forked process, 0 in it; and both ends of a pipe from it to us.

    Raises:
        OSError: there are too many processes or files, or too little memory; nothing stays open.
    """
    _wait_for_ending_threads()
    reader, writer = os.pipe()
    try:
        return os.fork(), reader, writer
    except OSError:
        os.close(reader)
        os.close(writer)
        raise


def _wait_for_ending_threads() -> None:
    if not _THREADS.exists():
        return
    never = threading.Event()
    for _ in range(_MAX_WAITS):
        if _count_threads() == 1:
            return
        never.wait(_WAIT_SECONDS)
    log.warning("a worker is forked while other threads run", threads=_count_threads())


def _count_threads() -> int:
    return sum(1 for _ in _THREADS.iterdir())
