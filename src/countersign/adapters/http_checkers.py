"""Asking programs outside about events, over HTTPS and, in networks that are allowed, over HTTP."""

import json
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import aiohttp

from countersign.adapters.federation.address_table import AddressGuard, Network
from countersign.adapters.federation.bodies import read_body
from countersign.adapters.federation.dns import DnsResolver
from countersign.adapters.federation.guarded_connect import open_session
from countersign.adapters.json_posts import posted
from countersign.adapters.secret_files import SecretFileUnusable, read_secret
from countersign.ports.checkers import CheckRequest
from countersign.ports.errors import PeerUnavailable

CONNECTIONS_A_HOST: Final = 64

_OK: Final = 200


class HttpCheckers:
    """Implements `ports.checkers.Checkers`.

    Args:
        session: a guarded session, for HTTPS.
        plain_session: one that connects to nothing but networks that are allowed, for HTTP.
        base: the folder that paths of secrets begin at.
    """

    def __init__(
        self, session: aiohttp.ClientSession, plain_session: aiohttp.ClientSession, base: Path
    ) -> None:
        self._session = session
        self._plain_session = plain_session
        self._base = base

    async def ask(self, request: CheckRequest) -> Any:
        """Return the JSON that was answered with status 200, whatever it is."""
        session = self._session if request.url.startswith("https:") else self._plain_session
        headers = {}
        if request.token_file:
            try:
                secret = read_secret(self._base / request.token_file)
            except SecretFileUnusable as error:
                raise PeerUnavailable(str(error)) from error
            headers["Authorization"] = f"Bearer {secret}"
        async with posted(
            session,
            request.url,
            json.dumps(request.body).encode(),
            headers,
            seconds=request.timeout_ms / 1000,
        ) as response:
            if response.status != _OK:
                response.close()  # whatever else it says
                raise PeerUnavailable(f"answered {response.status}")
            body = await read_body(response, request.max_bytes)
        try:
            return json.loads(body)
        except (ValueError, RecursionError) as error:
            raise PeerUnavailable("the answer is no JSON") from error


@asynccontextmanager
async def open_checkers(
    allow_networks: Sequence[Network], tls: ssl.SSLContext, base: Path
) -> AsyncIterator[HttpCheckers]:
    """Open what asks programs outside, and close it afterwards.

    Args:
        allow_networks: networks that may be connected to though they are not on the open network,
            and without encryption.
        tls: from `make_tls_context`.
        base: the folder that paths of secrets begin at.
    """
    dns = DnsResolver()
    guard = AddressGuard(allow_networks)
    plain_guard = AddressGuard(allow_networks, is_open_network_permitted=False)
    try:
        async with (
            open_session(guard, dns, tls, connections_a_host=CONNECTIONS_A_HOST) as session,
            open_session(plain_guard, dns, tls, connections_a_host=CONNECTIONS_A_HOST) as plain,
        ):
            yield HttpCheckers(session, plain, base)
    finally:
        await dns.close()
