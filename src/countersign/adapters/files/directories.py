"""Directories on disk: flushing of new entries."""

import os
from pathlib import Path


def flush_directory(directory: Path) -> None:
    """Flush the directory, so that new names in it survive a power cut.

    Raises:
        OSError: it cannot be opened or flushed.
    """
    descriptor = os.open(directory, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
