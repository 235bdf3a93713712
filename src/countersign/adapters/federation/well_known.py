"""Delegation of a host by `/.well-known/matrix/server`: fetching with limits, and caching.

Spec: https://spec.matrix.org/v1.18/server-server-api/#getwell-knownmatrixserver
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

import aiohttp
from yarl import URL

from countersign.adapters.federation.bodies import BodyUnusable, read_body
from countersign.adapters.federation.expiring_cache import ExpiringCache
from countersign.adapters.federation.reasons import reason_of
from countersign.basics.backoff import Backoff
from countersign.ports.clock import Clock
from countersign.protocol.errors import ProtocolError
from countersign.protocol.server_discovery import parse_well_known

TIMEOUT_SECONDS = 5.0
"""Time limit for look-ups, redirects and all bodies together."""
MAX_BYTES = 50 * 1024
MAX_REDIRECTS = 5
MAX_HOSTS = 10_000

DEFAULT_CACHE_SECONDS = 24 * 3600.0
MIN_CACHE_SECONDS = 300.0
"""Minimum time of caching, also for hosts that ask for none."""
MAX_CACHE_SECONDS = 48 * 3600.0
BACKOFF = Backoff(first=60, longest=3600)

_MAX_AGE = re.compile(r"(?:\A|[\s,])max-age\s*=\s*\"?([0-9]{1,10})", re.ASCII | re.IGNORECASE)
_NOT_TO_BE_KEPT = re.compile(r"(?:\A|[\s,])no-(?:store|cache)", re.IGNORECASE)
_OK = 200
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_SERVER_TROUBLE = 500


class Delegation(NamedTuple):
    """Knowledge of a host's well-known file.

    Attributes:
        server_name: the delegated server name, or None if the host delegates to nobody.
        failures: failures in a row; 0 after a valid answer.
        learned_at: time of the last valid answer, in monotonic seconds.
    """

    server_name: str | None
    failures: int
    learned_at: float


class WellKnownFailed(Exception):
    """The file is not available, or has no valid content. `is_temporary`: this may change."""

    def __init__(self, reason: str, *, is_temporary: bool) -> None:
        super().__init__(reason)
        self.is_temporary = is_temporary


class WellKnownFetcher:
    """Finds the server name that a host delegates to.

    Answers are cached as long as the host says, within limits. After a temporary failure the last
    valid answer is used until it is 48 hours old, and the host is not asked for a time that doubles
    with each failure, up to an hour.

    Args:
        session: the guarded session.
        clock: for the expiry of answers.
        https_port: where well-known files are served; another one only in tests.
    """

    def __init__(
        self, session: aiohttp.ClientSession, clock: Clock, *, https_port: int = 443
    ) -> None:
        self._session = session
        self._clock = clock
        self._https_port = https_port
        self._known: ExpiringCache[str, Delegation] = ExpiringCache(MAX_HOSTS)

    async def find(self, host: str) -> str | None:
        """Return the server name that `host` delegates to, or None if it does not delegate.

        Never raises: by the specification, a failure means that there is no delegation.
        """
        host = host.lower()  # it has many spellings, and one entry
        entry = self._known.find(host)
        if entry is not None and self._clock.monotonic() < entry.fresh_until:
            return entry.value.server_name
        last = entry.value if entry is not None else None
        try:
            server_name, keep_seconds = await self._fetch(host)
            delegation = Delegation(server_name, 0, self._clock.monotonic())
        except WellKnownFailed as failure:
            delegation = self._after_failure(failure, last)
            keep_seconds = BACKOFF.seconds(delegation.failures)
        self._known.store(host, delegation, until=self._clock.monotonic() + keep_seconds)
        return delegation.server_name

    def _after_failure(self, failure: WellKnownFailed, last: Delegation | None) -> Delegation:
        now = self._clock.monotonic()
        if last is None:
            return Delegation(None, 1, now)
        is_usable = failure.is_temporary and now - last.learned_at < MAX_CACHE_SECONDS
        return Delegation(
            last.server_name if is_usable else None, last.failures + 1, last.learned_at
        )

    async def _fetch(self, host: str) -> tuple[str, float]:
        """Return the delegated server name, and the seconds for which to cache it."""
        try:
            url = well_known_url(host, "server", https_port=self._https_port)
            async with asyncio.timeout(TIMEOUT_SECONDS), following(self._session, url) as response:
                return await self._read(response)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise WellKnownFailed(reason_of(error), is_temporary=True) from error

    async def _read(self, response: aiohttp.ClientResponse) -> tuple[str, float]:
        if response.status != _OK:
            raise WellKnownFailed(
                f"answered {response.status}", is_temporary=response.status >= _SERVER_TROUBLE
            )
        try:
            server_name = parse_well_known(await read_body(response, MAX_BYTES))
        except (BodyUnusable, ProtocolError) as error:
            raise WellKnownFailed(str(error), is_temporary=False) from error
        return server_name, cache_seconds(response.headers.get("Cache-Control", ""))


def well_known_url(host: str, name: str, *, https_port: int = 443) -> URL:
    """Return the URL of one of Matrix's documents on `host`, a DNS name or an IP address."""
    path = f"/.well-known/matrix/{name}"
    return URL.build(scheme="https", host=host, port=https_port, path=path)


@asynccontextmanager
async def following(
    session: aiohttp.ClientSession, url: URL
) -> AsyncIterator[aiohttp.ClientResponse]:
    """Get `url`, through a few redirects where it takes them; the caller sets the deadline.

    Raises:
        WellKnownFailed: it takes too many, or leaves HTTPS.
    """
    for _ in range(MAX_REDIRECTS + 1):
        # The guard checks each hop, since it is a connection like any other.
        async with session.get(url, allow_redirects=False) as response:
            if response.status not in _REDIRECTS:
                yield response
                return
            url = _next_hop(url, response.headers.get("Location", ""))
    raise WellKnownFailed("redirected too often", is_temporary=False)


def cache_seconds(cache_control: str) -> float:
    """Return the time for which an answer with this `Cache-Control` header is cached.

    >>> cache_seconds("public, max-age=7200")
    7200.0
    >>> cache_seconds("")
    86400.0
    """
    if _NOT_TO_BE_KEPT.search(cache_control):
        return MIN_CACHE_SECONDS
    max_age = _MAX_AGE.search(cache_control)
    seconds = float(max_age[1]) if max_age else DEFAULT_CACHE_SECONDS
    return min(max(seconds, MIN_CACHE_SECONDS), MAX_CACHE_SECONDS)


def _next_hop(url: URL, location: str) -> URL:
    target = url.join(URL(location)).with_fragment(None)
    if target.scheme != "https" or not target.host or target.user is not None:
        raise WellKnownFailed(f"redirected to {location[:200]!r}", is_temporary=False)
    return target
