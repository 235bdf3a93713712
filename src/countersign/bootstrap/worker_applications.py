"""Admin API and dashboard with several workers: each serves them; the first answers some paths."""

from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from countersign.bootstrap.parts.places import ADMIN, DASHBOARD, Place
from countersign.ports.errors import StoreUnavailable
from countersign.service.background import BackgroundTasks, Work
from countersign.service.processes.change_feed import ChangeFeed
from countersign.web.dashboard.files import STATIC
from countersign.web.worker_requests import WorkerRequests

SOCKET: Final = "requests"

_V1: Final = b"/_countersign/v1"
_OF_FIRST: Final[Mapping[str, tuple[bytes, ...]]] = {
    ADMIN: (_V1 + b"/backtests", _V1 + b"/health", b"/health", b"/ready"),
    DASHBOARD: (b"/trials/", b"/settings"),
}
"""Prefixes of the paths whose state only the first worker has."""
_READ_AT_FIRST: Final[Mapping[str, tuple[bytes, ...]]] = {
    ADMIN: (_V1 + b"/rooms", _V1 + b"/leaks", _V1 + b"/filters/statistics"),
    DASHBOARD: (b"/rooms", b"/leaks", b"/filters"),
}
"""Likewise for paths whose state also exists in other processes, such as counts and costs."""
_SAME_FOR_ALL: Final = STATIC.encode()
_TRIALS: Final = (b"/try", b"/try-word")
"""Suffixes of the paths by which the dashboard starts a backtest."""


def for_worker(
    apps: Mapping[str, ASGIApp],
    place: Place,
    *,
    changes: ChangeFeed,
    background: BackgroundTasks,
) -> dict[str, ASGIApp]:
    """Wrap the applications for people for a worker.

    Args:
        apps: the applications of this process, by what is served.
        place: the place of this process.
        changes: the feed of changes by other processes.
        background: runs the first worker's answers to forwarded requests.
    """
    current = {served: _up_to_date(app, changes) for served, app in apps.items()}
    if place.pages is None:
        return current
    requests = WorkerRequests(place.pages / SOCKET)
    if place.is_first:
        background.keep_running(Work.WORKER_REQUESTS, partial(requests.answer_others, current))
        return current
    return {
        served: requests.by_first(served, app, partial(_is_of_first, served))
        for served, app in current.items()
    }


def _is_of_first(served: str, scope: Scope) -> bool:
    path: bytes = scope["raw_path"]
    if path.startswith(_OF_FIRST[served]) or (
        served == DASHBOARD and path.startswith(b"/policy/") and path.endswith(_TRIALS)
    ):
        return True
    return scope["method"] in ("GET", "HEAD") and path.startswith(_READ_AT_FIRST[served])


def _up_to_date(app: ASGIApp, changes: ChangeFeed) -> ASGIApp:
    """Wrap an application, so that changes by other processes are read before each request.

    After a person's change the next page may come from another process, and must show the change.
    """

    async def caught_up(scope: Scope, receive: Receive, send: Send) -> None:
        if not scope["raw_path"].startswith(_SAME_FOR_ALL):
            with suppress(
                StoreUnavailable
            ):  # the answer shows the last known state; the failure is logged
                await changes.catch_up()
        await app(scope, receive, send)

    return caught_up
