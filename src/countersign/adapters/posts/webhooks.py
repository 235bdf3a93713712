"""Posts to webhooks in the settings, through the same guarded sockets as all requests."""

import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final

import aiohttp

from countersign.adapters.federation.address_table import AddressGuard
from countersign.adapters.federation.dns import DnsResolver
from countersign.adapters.federation.guarded_connect import open_session
from countersign.adapters.posts.json_posts import posted
from countersign.ports.errors import PeerUnavailable

TIMEOUT_SECONDS: Final = 10.0

_SUCCESS: Final = range(200, 300)


class HttpWebhooks:
    """Implements `ports.webhooks.Webhooks`.

    Of the answer only the status is read.

    Args:
        session: a guarded session.
    """

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> None:
        """Post `body` as JSON."""
        async with posted(self._session, url, body, headers, seconds=TIMEOUT_SECONDS) as response:
            status = response.status
            response.close()  # whatever else it says
        if status not in _SUCCESS:
            raise PeerUnavailable(f"answered {status}")


@asynccontextmanager
async def open_webhooks(guard: AddressGuard, tls: ssl.SSLContext) -> AsyncIterator[HttpWebhooks]:
    """Open the session for webhooks, and close it afterwards.

    Args:
        guard: decides which addresses are allowed.
        tls: from `make_tls_context`.
    """
    dns = DnsResolver()
    try:
        async with open_session(guard, dns, tls) as session:
            yield HttpWebhooks(session)
    finally:
        await dns.close()
