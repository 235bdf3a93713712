"""Log of failed requests, with at most one line a second for each kind."""

import asyncio
from typing import Final

import structlog
from starlette.types import Scope

_MAX_LOGGED_CHARS: Final = 512

log = structlog.get_logger()


def loggable_path(scope: Scope) -> str:
    """Return the beginning of a request's path, as it was sent."""
    path: str = scope["raw_path"][:_MAX_LOGGED_CHARS].decode("ascii", "replace")
    return path


class TroubleLog:
    """Logs one line a second for each class of error, and counts the others.

    Strangers can cause some of them at will, and must not fill the disk.
    """

    def __init__(self) -> None:
        self._next_at: dict[type[Exception], float] = {}
        self._suppressed: dict[type[Exception], int] = {}

    def log(self, error: Exception, scope: Scope) -> None:
        """Log that a request was answered with 503, unless the same was just logged."""
        kind = type(error)
        now = asyncio.get_running_loop().time()
        if now < self._next_at.get(kind, 0.0):
            self._suppressed[kind] = self._suppressed.get(kind, 0) + 1
            return
        self._next_at[kind] = now + 1.0
        cause = error.__cause__
        log.warning(
            "a request was answered with 503",
            error=f"{kind.__name__}: {error}",
            cause=None if cause is None else f"{type(cause).__name__}: {cause}",
            path=loggable_path(scope),
            suppressed=self._suppressed.pop(kind, 0),
        )
