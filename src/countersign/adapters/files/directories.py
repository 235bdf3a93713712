"""Directories on disk: making what is new in them last."""

import os
from pathlib import Path


def flush_directory(directory: Path) -> None:
    """Make a new name in the directory survive a power cut.

    Raises:
        OSError: it cannot be opened or flushed.
    """
    descriptor = os.open(directory, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
