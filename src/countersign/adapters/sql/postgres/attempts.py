"""Attempts to connect: one at a time, and ever rarer, while a database refuses them."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from countersign.adapters.sql.errors import DatabaseUnusable
from countersign.adapters.system import SystemClock
from countersign.ports.errors import StoreUnavailable

_FIRST_PAUSE_SECONDS: Final = 0.1
_LONGEST_PAUSE_SECONDS: Final = 1.0
"""Longest time that a database may be back before somebody tries it."""


class Attempts:
    """Attempts of all threads of the process to connect to one database.

    While it can be reached everybody may try. After a failure one at a time tries, with pauses that
    grow from 0.1 s to 1 s; whoever comes meanwhile is told of the last failure at once.

    Args:
        monotonic: the present moment in seconds, which never goes back.
    """

    def __init__(self, monotonic: Callable[[], float] = SystemClock.monotonic) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._failure: str | None = None
        self._pause_seconds = _FIRST_PAUSE_SECONDS
        self._next = 0.0
        self._is_tried = False

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Enclose an attempt; it fails by raising one of these errors.

        Raises:
            StoreUnavailable: now is not the time for one; says why the last one failed.
        """
        is_only_one = self._begin()
        try:
            yield
        except (StoreUnavailable, DatabaseUnusable) as error:
            self._note_failure(str(error), is_only_one=is_only_one)
            raise
        except BaseException:  # cancelled, say: nothing is known of the database
            if is_only_one:
                self._is_tried = False
            raise
        self._note_success()

    def _begin(self) -> bool:
        """Return True if the attempt is the only one, after a failure."""
        with self._lock:
            if self._failure is None:
                return False
            if self._is_tried or self._monotonic() < self._next:
                raise StoreUnavailable(self._failure)
            self._is_tried = True
            return True

    def _note_failure(self, failure: str, *, is_only_one: bool) -> None:
        with self._lock:
            if is_only_one:
                self._is_tried = False
                self._pause_seconds = min(2 * self._pause_seconds, _LONGEST_PAUSE_SECONDS)
            elif self._failure is not None:
                return  # several began before anybody knew: that is one failure
            self._failure = failure
            self._next = self._monotonic() + self._pause_seconds

    def _note_success(self) -> None:
        with self._lock:
            self._failure = None
            self._pause_seconds = _FIRST_PAUSE_SECONDS
            self._is_tried = False
