"""Sign-in limits, and the opening and closing of sessions."""

from typing import Final
from urllib.parse import urlsplit

import structlog
from starlette.requests import Request
from starlette.types import ASGIApp

from countersign.ports.clock import Clock
from countersign.ports.stores.review.sign_ins import SignInStore
from countersign.service.errors import RateLimited
from countersign.service.limits.token_buckets import RateLimit, TokenBuckets
from countersign.web.dashboard.guard import cookie_of, set_cookie
from countersign.web.dashboard.hosts import DashboardHosts
from countersign.web.dashboard.sessions import Sessions
from countersign.web.http.client_addresses import ClientAddresses
from countersign.web.pages.answers import see_other

EVERY_MS: Final = 30_000
BURST: Final = 10
ATTEMPTS: Final = RateLimit(per_second=1_000 / EVERY_MS, burst=BURST)
"""Sign-ins of one network, by whatever way and at whatever process."""
MAX_NETWORKS: Final = 10_000

HOME: Final = "/now"

log = structlog.get_logger()


class Admission:
    """Limits attempts to sign in, and opens and closes sessions.

    Args:
        sessions: where a session is opened.
        attempts: counts attempts at all processes together.
        hosts: tell whether the browser speaks HTTPS.
        addresses: tell from which network somebody comes.
        clock: limits attempts.
    """

    def __init__(
        self,
        *,
        sessions: Sessions,
        attempts: SignInStore,
        hosts: DashboardHosts,
        addresses: ClientAddresses,
        clock: Clock,
    ) -> None:
        self._sessions = sessions
        self._hosts = hosts
        self._addresses = addresses
        self._attempts = attempts
        self._attempts_here = TokenBuckets(ATTEMPTS, clock)
        self._clock = clock

    def network_of(self, request: Request) -> str:
        """Return the network from which a request comes; empty where that is not known."""
        return self._addresses.network_of(request.scope) or ""

    async def take_attempt(self, request: Request) -> None:
        """Count an attempt to sign in.

        Raises:
            RateLimited: too many came from there.
            StoreUnavailable: it is not known how many came from there.
        """
        network = self.network_of(request)
        # Attempts that this process knows to exceed the limit cost no query.
        self._attempts_here.take(network)
        wait_ms = await self._attempts.take_attempt(
            network, self._clock.now_ts(), every_ms=EVERY_MS, burst=BURST, most=MAX_NETWORKS
        )
        if wait_ms:
            raise RateLimited(wait_ms)

    async def sign_in(
        self,
        request: Request,
        name: str,
        following: str,
        *,
        proven_ts: int | None = None,
        token_hash: bytes | None = None,
    ) -> ASGIApp | None:
        """Open a session with a new secret, and redirect to a path of ours.

        A session that the browser had before ends.

        Args:
            request: the request of the browser.
            name: the user ID or token that signed in.
            following: the path of ours to go on to.
            proven_ts: see `Sessions.open`.
            token_hash: likewise.

        Returns:
            The answer; None if they ended their sessions since they proved who they are.

        Raises:
            StoreUnavailable: the session is not known to be stored.
        """
        is_secure = self._hosts.is_secure(request.scope)
        await self._sessions.close(cookie_of(request.scope, is_secure=is_secure))
        secret = await self._sessions.open(name, proven_ts=proven_ts, token_hash=token_hash)
        if await self._sessions.find(secret) is None:
            await self._sessions.close(secret)
            return None
        log.info("signed in to the dashboard", actor=name)
        return see_other(following or HOME, headers=[set_cookie(secret, is_secure=is_secure)])

    async def sign_out(self, request: Request) -> ASGIApp:
        """End the session of a request.

        Raises:
            StoreUnavailable: it is not known to have ended.
        """
        is_secure = self._hosts.is_secure(request.scope)
        await self._sessions.close(cookie_of(request.scope, is_secure=is_secure))
        return see_other("/sign-in", headers=[set_cookie("", is_secure=is_secure)])


def our_path(path: str) -> str:
    """Return a path of ours with its query; empty if it could lead elsewhere."""
    if not path.isascii() or not path.isprintable() or len(path) > 2_000:
        return ""
    if not path.startswith("/") or path.startswith("//") or "\\" in path:
        return ""
    try:
        url = urlsplit(path)
    except ValueError:
        return ""
    return "" if url.scheme or url.netloc else path
