"""Limit on attempts to connect while a database cannot be reached."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from countersign.adapters.sql.errors import DatabaseUnusable
from countersign.adapters.system import SystemClock
from countersign.ports.errors import StoreUnavailable

_FIRST_PAUSE_SECONDS: Final = 0.1
_LONGEST_PAUSE_SECONDS: Final = 1.0
"""Maximum time until a database that can be reached again is tried."""


class Attempts:
    """Attempts of all threads of this process to connect to one database.

    While the database can be reached, attempts are not limited. After a failure only one thread at
    a time tries, with pauses that grow from 0.1 s to 1 s; the others get the last failure at once.

    Args:
        monotonic: returns the monotonic time in seconds.
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
        """Run one attempt as the body of a `with` statement; an error in it counts as a failure.

        Only `StoreUnavailable` and `DatabaseUnusable` count. Others, such as a cancellation, say
        nothing about the database.

        Raises:
            StoreUnavailable: it is too early for another attempt. The message is that of the last
                failure.
        """
        is_only_one = self._begin()
        try:
            yield
        except (StoreUnavailable, DatabaseUnusable) as error:
            self._note_failure(str(error), is_only_one=is_only_one)
            raise
        except BaseException:  # such as a cancellation, which says nothing about the database
            if is_only_one:
                self._is_tried = False
            raise
        self._note_success()

    def _begin(self) -> bool:
        """Return True if this is the single attempt that is permitted after a failure."""
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
                return  # attempts that began together count as one failure
            self._failure = failure
            self._next = self._monotonic() + self._pause_seconds

    def _note_success(self) -> None:
        with self._lock:
            self._failure = None
            self._pause_seconds = _FIRST_PAUSE_SECONDS
            self._is_tried = False
