"""Operators and moderators at every worker: what each serves, and what the first one answers."""

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
"""Beginnings of the paths of what the first worker alone has in memory."""
_READ_AT_FIRST: Final[Mapping[str, tuple[bytes, ...]]] = {
    ADMIN: (_V1 + b"/rooms", _V1 + b"/leaks", _V1 + b"/filters/statistics"),
    DASHBOARD: (b"/rooms", b"/leaks", b"/filters"),
}
"""Likewise, where others change as well: each process counts who asked it, and what it cost."""
_SAME_FOR_ALL: Final = STATIC.encode()
_TRIALS: Final = (b"/try", b"/try-word")
"""Ends of the paths by which the dashboard begins a backtest."""


def at_worker(
    apps: Mapping[str, ASGIApp],
    place: Place,
    *,
    changes: ChangeFeed,
    background: BackgroundTasks,
) -> dict[str, ASGIApp]:
    """Return the applications for people as a worker serves them.

    Args:
        apps: those of this process, by what is served.
        place: of this process.
        changes: tells what other processes changed.
        background: has the first worker answer what others pass on.
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
    """Return an application that knows what was changed before it is asked.

    A person presses a button, and the next page comes from another process: it must show what they
    did.
    """

    async def asked(scope: Scope, receive: Receive, send: Send) -> None:
        if not scope["raw_path"].startswith(_SAME_FOR_ALL):
            with suppress(StoreUnavailable):  # the answer says what is known; the log has it
                await changes.catch_up()
        await app(scope, receive, send)

    return asked
