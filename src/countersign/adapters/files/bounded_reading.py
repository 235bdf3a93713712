"""Reading of files named in settings or commands, with limits on size and time."""

import errno
import os
import select
from pathlib import Path
from time import monotonic  # noqa: TID251 - bounds a wait; nothing is decided by it
from typing import Final

PATIENCE_SECONDS: Final = 5.0
"""Time limit for the writer of a named pipe, such as a program that decrypts a secret."""
_CHUNK_BYTES: Final = 65_536


def read_bounded(file: Path, max_bytes: int) -> bytes:
    """Return the first bytes of a file.

    A named pipe or a terminal is read until its writer closes it, and for five seconds at most: one
    without a writer would otherwise block the program for ever.

    Args:
        file: the file to read.
        max_bytes: maximum number of bytes; pass one more than allowed to detect longer files.

    Raises:
        OSError: it cannot be read; `strerror` is the reason.
    """
    deadline = monotonic() + PATIENCE_SECONDS
    descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        content = b""
        while len(content) < max_bytes:
            _wait_for_content(descriptor, deadline)
            chunk = os.read(descriptor, min(_CHUNK_BYTES, max_bytes - len(content)))
            if not chunk:
                break
            content += chunk
        return content
    finally:
        os.close(descriptor)


def _wait_for_content(descriptor: int, deadline: float) -> None:
    """Return once something can be read, or the end was reached."""
    polled = select.poll()
    polled.register(descriptor, select.POLLIN)
    left_ms = max(0.0, deadline - monotonic()) * 1_000
    if not polled.poll(left_ms):
        reason = f"nobody wrote all of it into this pipe within {PATIENCE_SECONDS:.0f} seconds"
        raise TimeoutError(errno.ETIMEDOUT, reason)
