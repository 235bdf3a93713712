"""Sign-in check of the dashboard, and the pages on errors."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Final
from urllib.parse import quote

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.routing import BaseRoute, Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from countersign.ports.errors import StoreUnavailable
from countersign.service.commands.actors.access_register import OPERATOR_NAME
from countersign.service.commands.actors.permissions import Command
from countersign.service.errors import RateLimited, WaitsForConfirmation
from countersign.web.dashboard.files import STATIC
from countersign.web.dashboard.hosts import DashboardHosts
from countersign.web.dashboard.pages import Pages
from countersign.web.dashboard.session_holders import SessionHolders
from countersign.web.dashboard.sessions import Session, Sessions
from countersign.web.errors import ErrorAnswers, find_row
from countersign.web.http.access_refused import NotSignedIn
from countersign.web.http.answers import Answer
from countersign.web.http.requests import RequestError
from countersign.web.pages.answers import see_other

COOKIE: Final = "countersign"
SECURE_COOKIE: Final = "__Host-countersign"
"""A cookie of this name can be set by our own name alone, over HTTPS."""

SIGN_IN: Final = "/sign-in"

_TITLES: Final = {
    400: "That cannot be done",
    401: "Please sign in",
    403: "You may not do that",
    404: "There is nothing here",
    405: "That cannot be done",
    413: "That is too much",
    429: "Too many attempts",
    503: "Not at the moment",
}

_TEMPORARY: Final = frozenset({429, 500, 503})
"""Statuses on which a page stays as it is, and repeats the request."""

log = structlog.get_logger()


class DashboardApp:
    """Checks sessions, routes requests, and answers errors with pages: an ASGI application.

    Args:
        routes: pages for those who are signed in.
        open_routes: pages for everybody.
        hosts: see `DashboardHosts`.
        sessions: who is signed in.
        holders: tell whether they still have access, and which.
        pages: fills in the pages that say what went wrong.
        errors: knows what each error means.
    """

    def __init__(
        self,
        *,
        routes: Sequence[BaseRoute],
        open_routes: Sequence[BaseRoute],
        hosts: DashboardHosts,
        sessions: Sessions,
        holders: SessionHolders,
        pages: Pages,
        errors: ErrorAnswers,
    ) -> None:
        self._router = Router([*open_routes, *routes], redirect_slashes=False)
        self._open = Router(open_routes, redirect_slashes=False, default=_not_signed_in)
        self._hosts = hosts
        self._sessions = sessions
        self._holders = holders
        self._pages = pages
        self._errors = errors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        # Matched before decoding, since an encoded slash belongs to an identifier.
        scope["path"] = scope["raw_path"].decode("ascii")
        scope["app"] = self
        try:
            self._hosts.check(scope)
            # Style and scripts are the same for everybody, so no session is looked up.
            session = None if scope["path"].startswith(STATIC) else await self._session(scope)
            scope["session"] = session
            router = self._open if session is None else self._router
            await router(scope, receive, self._keeping_notices(session, send))
        except Exception as error:  # noqa: BLE001 - the one place around a request
            session = scope.get("session")
            explained = await self._explained(error, scope)
            await explained(scope, receive, self._keeping_notices(session, send))

    def _keeping_notices(self, session: object, send: Send) -> Send:
        """Wrap `send` so that a session's notices are stored before the answer leaves.

        The browser requests the next page as soon as it has the answer, maybe from another process.
        """
        if not isinstance(session, Session):
            return send

        async def send_kept(message: Message) -> None:
            if message["type"] == "http.response.start" and session.has_new_notices:
                try:
                    await self._sessions.keep_notices(session)
                except StoreUnavailable as error:
                    log.warning("what the next page was to say is lost", reason=str(error))
            await send(message)

        return send_kept

    async def _session(self, scope: Scope) -> Session | None:
        """Return the session of a request with its present scopes; None without access."""
        secret = cookie_of(scope, is_secure=self._hosts.is_secure(scope))
        stored = (
            await self._sessions.find(secret, is_used=not is_automatic_refresh(scope))
            if secret
            else None
        )
        if stored is None:
            return None
        actor = self._holders.current(stored, secret)
        if actor is None:
            # Another machine has another operator's token: the session goes on there.
            if stored.actor != OPERATOR_NAME:
                with suppress(StoreUnavailable):  # it lets nobody in either way
                    await self._sessions.close(secret)
            return None
        return Session(stored=stored, secret=secret, actor=actor, notices=list(stored.notices))

    async def _explained(self, error: Exception, scope: Scope) -> ASGIApp:
        """Return the page on an error."""
        if isinstance(error, NotSignedIn):
            return self._to_sign_in(scope)
        session = scope.get("session")
        if isinstance(error, WaitsForConfirmation) and isinstance(session, Session):
            session.add_notice(str(error))
            may_see = self._pages.may(session.actor, Command.CONFIRMATIONS_LIST)
            return see_other(f"/confirmations/{error.reference}" if may_see else "/now")
        status, words, headers = self._found(error, scope)
        if is_automatic_refresh(scope) and status not in _TEMPORARY:
            return _of_a_part(status)
        values = {
            "status": status,
            "title": _TITLES.get(status, "Something failed"),
            "words": words,
        }
        request = Request(scope)
        if session is None:
            return await self._pages.bare("error.html", values, status=status, headers=headers)
        return await self._pages.answer(
            request, "error.html", values, status=status, headers=headers
        )

    def _found(self, error: Exception, scope: Scope) -> tuple[int, str, list[tuple[bytes, bytes]]]:
        if isinstance(error, HTTPException):
            words = "Nothing is known here by that address, or it is not yours to see."
            return error.status_code, words, []
        row = find_row(type(error))
        answer = self._errors.answer(error, scope)
        headers = [header for header in answer.headers if header[0] in (b"retry-after", b"allow")]
        if row is None:
            return answer.status, "The server failed to answer; its log says why.", headers
        if isinstance(error, RateLimited):
            seconds = max(1, round(error.retry_after_ms / 1_000))
            return answer.status, f"Please try again in {seconds} seconds.", headers
        if isinstance(error, RequestError) and not str(error):
            return answer.status, "The request could not be read.", headers
        own = row.words if isinstance(row.words, str) else str(error)
        return answer.status, own, headers

    def _to_sign_in(self, scope: Scope) -> ASGIApp:
        if is_automatic_refresh(scope):
            return _of_a_part(401)
        if scope["method"] not in ("GET", "HEAD") or scope["path"] == "/":
            return see_other(SIGN_IN)
        target = scope["path"]
        if scope["query_string"]:
            target += "?" + scope["query_string"].decode("ascii", "replace")
        return see_other(f"{SIGN_IN}?next={quote(target, safe='')}")


def _of_a_part(status: int) -> ASGIApp:
    """Answer a part of a page with a lasting error: the page is loaded anew, and shows it."""
    return Answer(status, None, [(b"hx-refresh", b"true"), (b"content-length", b"0")])


def cookie_of(scope: Scope, *, is_secure: bool) -> str:
    """Return the secret in the session's cookie; empty if there is none."""
    cookie_name = (SECURE_COOKIE if is_secure else COOKIE).encode("ascii")
    secret = b""
    # By hand: what other programs of the same host put into their cookies is no fault of ours, and
    # the standard library reads nothing at all where one of them is malformed.
    for header, value in scope["headers"]:
        for cookie in value.split(b";") if header == b"cookie" else ():
            name, _, cookie_value = cookie.partition(b"=")
            if name.strip() == cookie_name:
                secret = cookie_value.strip()
    return secret.decode("latin-1")


def set_cookie(secret: str, *, is_secure: bool) -> tuple[bytes, bytes]:
    """Return the header that stores a session's secret in the browser; an empty one deletes it."""
    name = SECURE_COOKIE if is_secure else COOKIE
    ends = "" if secret else "; Max-Age=0"
    secure = "; Secure" if is_secure else ""
    cookie = f"{name}={secret}; Path=/; HttpOnly; SameSite=Strict{secure}{ends}"
    return b"set-cookie", cookie.encode("ascii")


def is_automatic_refresh(scope: Scope) -> bool:
    """Return True if the page made the request by itself, without its reader."""
    return any(name == b"hx-request" for name, _ in scope["headers"])


async def _not_signed_in(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001
    raise NotSignedIn
