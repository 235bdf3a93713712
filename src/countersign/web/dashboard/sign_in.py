"""`/sign-in` and `/sign-out`: a token for a session."""

from typing import Final
from urllib.parse import urlsplit

import structlog
from starlette.requests import Request
from starlette.types import ASGIApp

from countersign.ports.actors import Face
from countersign.ports.clock import Clock
from countersign.service.limits.token_buckets import RateLimit, TokenBuckets
from countersign.web.dashboard.forms import read_form, read_unsigned_form
from countersign.web.dashboard.guard import cookie_of, set_cookie
from countersign.web.dashboard.hosts import DashboardHosts
from countersign.web.dashboard.pages import Pages
from countersign.web.dashboard.sessions import Sessions
from countersign.web.http.client_addresses import ClientAddresses
from countersign.web.pages.answers import see_other
from countersign.web.token_holders import TokenHolders

ATTEMPTS: Final = RateLimit(per_second=1 / 30, burst=10)
"""Sign-ins of one network."""

HOME: Final = "/now"

log = structlog.get_logger()


class SignInEndpoints:
    """Signs people in and out.

    Args:
        holders: know whose a token is.
        sessions: where a session is opened.
        hosts: tell whether the browser speaks HTTPS.
        addresses: tell from which network somebody comes.
        clock: limits attempts.
        pages: fills in the page.
    """

    def __init__(
        self,
        holders: TokenHolders,
        *,
        sessions: Sessions,
        hosts: DashboardHosts,
        addresses: ClientAddresses,
        clock: Clock,
        pages: Pages,
    ) -> None:
        self._holders = holders
        self._sessions = sessions
        self._hosts = hosts
        self._addresses = addresses
        self._attempts = TokenBuckets(ATTEMPTS, clock)
        self._pages = pages

    async def get(self, request: Request) -> ASGIApp:
        """Answer with the page on which one signs in."""
        following = _our_path(request.query_params.get("next", ""))
        if request.scope["session"] is not None:
            return see_other(following or HOME)
        return self._page(following)

    async def post(self, request: Request) -> ASGIApp:
        """Open a session for the holder of a token, or say that it is not good.

        Raises:
            RateLimited: too many attempts came from there.
        """
        self._attempts.take(self._addresses.network_of(request.scope) or "")
        form = await read_unsigned_form(request)
        following = _our_path(form.text("next"))
        actor = self._holders.find(form.text("token").encode(), Face.DASHBOARD)
        if actor is None:
            return self._page(following, "This token is not good: it is wrong, or it has ended.")
        log.info("signed in to the dashboard", actor=actor.name)
        is_secure = self._hosts.is_secure(request.scope)
        self._sessions.close(cookie_of(request.scope, is_secure=is_secure))
        secret = self._sessions.open(actor)
        return see_other(following or HOME, headers=[set_cookie(secret, is_secure=is_secure)])

    async def sign_out(self, request: Request) -> ASGIApp:
        """End the session.

        Raises:
            FormRefused: the form is not of this session.
        """
        await read_form(request)
        is_secure = self._hosts.is_secure(request.scope)
        self._sessions.close(cookie_of(request.scope, is_secure=is_secure))
        return see_other("/sign-in", headers=[set_cookie("", is_secure=is_secure)])

    def _page(self, following: str, trouble: str = "") -> ASGIApp:
        values = {"following": following, "trouble": trouble}
        return self._pages.bare("sign_in.html", values, status=403 if trouble else 200)


def _our_path(written: str) -> str:
    """Return a path of ours with its query; empty if it may lead elsewhere."""
    if not written.isascii() or not written.isprintable() or len(written) > 2_000:
        return ""
    if not written.startswith("/") or written.startswith("//") or "\\" in written:
        return ""
    try:
        url = urlsplit(written)
    except ValueError:
        return ""
    return "" if url.scheme or url.netloc else written
