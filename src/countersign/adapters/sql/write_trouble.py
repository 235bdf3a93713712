"""Record of failed writes, for the health report and for metrics."""

import asyncio
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Final

from countersign.ports.errors import StoreUnavailable

SHOWN_SECONDS: Final = 5.0
"""Minimum time for which a failure is shown: on a full disk small writes may succeed."""
LOW_BYTES: Final = 64 * 1024 * 1024
"""Free space below which the operator is warned."""

_MISTAKES: Final = (
    sqlite3.IntegrityError,
    sqlite3.DataError,
    sqlite3.ProgrammingError,
    sqlite3.InterfaceError,
    sqlite3.NotSupportedError,
)


class WriteTrouble:
    """Record of whether writes succeed. For the thread of one event loop.

    Args:
        place: the database's place, for messages.
        folder: a folder on the database's disk; None if that is not known.
    """

    def __init__(self, place: str, folder: Path | None) -> None:
        self._place = place
        self._folder = folder
        self._reason = ""
        self._is_gone = False
        self._shown_until = float("-inf")
        self._on_failure: Callable[[], None] = lambda: None

    def on_failure(self, count: Callable[[], None]) -> None:
        """Call `count` at each failure."""
        self._on_failure = count

    @property
    def is_noted(self) -> bool:
        """True from a failed write until writes have succeeded for some seconds."""
        return bool(self._reason)

    def note(self, error: BaseException | None) -> None:
        """Record the result of a write; None for success. Errors of the statement do not count."""
        if error is None:
            if self._reason and asyncio.get_running_loop().time() >= self._shown_until:
                self._reason = ""
        elif is_trouble(error):
            self._reason = str(error)
            self._is_gone = isinstance(error.__cause__, FileNotFoundError)
            self._shown_until = asyncio.get_running_loop().time() + SHOWN_SECONDS
            self._on_failure()

    def find(self) -> str | None:
        """Return why nothing can be written, as a sentence; None if writes succeed."""
        if not self._reason:
            return None
        hint = "The disk is full. " if self._free_bytes() == 0 else ""
        if self._is_gone:
            return (
                f"{self._place} is gone. Until it is back, new events are answered 503. If it was"
                " deleted, stop the server and restore a backup (countersign database restore): a"
                " start without one makes an empty database, without rooms and decisions."
            )
        return (
            f"{hint}Writes to {self._place} fail: {self._reason.rstrip('.')}. Until it can be"
            " written, new events are answered 503."
        )

    def find_shortage(self) -> str | None:
        """Return a sentence if the disk is nearly full; else None."""
        free = self._free_bytes()
        if free is None or free >= LOW_BYTES:
            return None
        return f"Only {free // 1_048_576:,} MiB are free on the disk of {self._place}."

    def _free_bytes(self) -> int | None:
        if self._folder is None:
            return None
        try:
            disk = os.statvfs(self._folder)
        except OSError:
            return None
        return disk.f_bavail * disk.f_frsize


def is_trouble(error: BaseException) -> bool:
    """Return True if the database failed, and not the statement."""
    cause = error.__cause__ if isinstance(error, StoreUnavailable) else error
    if cause is None:
        return isinstance(error, StoreUnavailable)
    return isinstance(cause, OSError | sqlite3.Error | StoreUnavailable) and not isinstance(
        cause, _MISTAKES
    )
