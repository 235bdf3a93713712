"""Admission: attempts to sign in are limited, and whoever proved who they are gets a session."""

from typing import Final
from urllib.parse import urlsplit

import structlog
from starlette.requests import Request
from starlette.types import ASGIApp

from countersign.ports.actors import Actor
from countersign.ports.clock import Clock
from countersign.service.limits.token_buckets import RateLimit, TokenBuckets
from countersign.web.dashboard.guard import cookie_of, set_cookie
from countersign.web.dashboard.hosts import DashboardHosts
from countersign.web.dashboard.sessions import Sessions
from countersign.web.http.client_addresses import ClientAddresses
from countersign.web.pages.answers import see_other

ATTEMPTS: Final = RateLimit(per_second=1 / 30, burst=10)
"""Sign-ins of one network, by whatever way."""

HOME: Final = "/now"

log = structlog.get_logger()


class Admission:
    """Limits attempts, and opens and ends sessions.

    Args:
        sessions: where a session is opened.
        hosts: tell whether the browser speaks HTTPS.
        addresses: tell from which network somebody comes.
        clock: limits attempts.
    """

    def __init__(
        self,
        *,
        sessions: Sessions,
        hosts: DashboardHosts,
        addresses: ClientAddresses,
        clock: Clock,
    ) -> None:
        self._sessions = sessions
        self._hosts = hosts
        self._addresses = addresses
        self._attempts = TokenBuckets(ATTEMPTS, clock)

    def network_of(self, request: Request) -> str:
        """Return the network from which a request comes; empty where that is not known."""
        return self._addresses.network_of(request.scope) or ""

    def take_attempt(self, request: Request) -> None:
        """Count an attempt to sign in.

        Raises:
            RateLimited: too many came from there.
        """
        self._attempts.take(self.network_of(request))

    def let_in(self, request: Request, actor: Actor, following: str) -> ASGIApp:
        """Open a session under a new secret, and lead on to a path of ours.

        A session that the browser had before ends.
        """
        log.info("signed in to the dashboard", actor=actor.name)
        is_secure = self._hosts.is_secure(request.scope)
        self._sessions.close(cookie_of(request.scope, is_secure=is_secure))
        secret = self._sessions.open(actor)
        return see_other(following or HOME, headers=[set_cookie(secret, is_secure=is_secure)])

    def let_out(self, request: Request) -> ASGIApp:
        """End the session of a request."""
        is_secure = self._hosts.is_secure(request.scope)
        self._sessions.close(cookie_of(request.scope, is_secure=is_secure))
        return see_other("/sign-in", headers=[set_cookie("", is_secure=is_secure)])


def our_path(written: str) -> str:
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
