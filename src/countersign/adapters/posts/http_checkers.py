"""Requests to external checkers.

A URL in a policy is asked over HTTPS, and only at public addresses. A checker in the settings
belongs to the operator: it may be in a private network, and only there without TLS.
"""

import json
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Final

import aiohttp

from countersign.adapters.federation.address_table import AddressGuard, Network
from countersign.adapters.federation.bodies import read_body
from countersign.adapters.federation.dns import DnsResolver
from countersign.adapters.federation.guarded_connect import open_session
from countersign.adapters.files.secret_files import SecretFileUnusable, read_secret
from countersign.adapters.posts.json_posts import posted
from countersign.policy.filters.external.checker_options import is_https
from countersign.ports.errors import PeerUnavailable, Trouble
from countersign.ports.external_checkers import CheckRequest
from countersign.protocol.canonical_json import MAX_EVENT_VALUES, parse_json
from countersign.protocol.errors import ProtocolError

CONNECTIONS_A_HOST: Final = 64

_OK: Final = 200


PRIVATE_NETWORKS: Final[Sequence[Network]] = tuple(
    ip_network(network)
    for network in (
        "127.0.0.0/8",
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",  # overlay networks use it
        "::1/128",
        "fc00::/7",
    )
)
"""Private networks that a checker in the settings may be in.

Link-local networks, with the metadata services of clouds, are not included."""


@dataclass(frozen=True, slots=True)
class SettingsChecker:
    """An external checker in the settings.

    Attributes:
        url: its address, `https` or `http`.
        secret_file: a file with one line, sent as `Authorization: Bearer`; None for none.
    """

    url: str
    secret_file: Path | None = None


class HttpCheckers:
    """Implements `ports.checkers.Checkers`.

    Args:
        checkers: the checkers in the settings, by name.
        public: a session that connects only to public addresses.
        own: a session for checkers in the settings, which also connects to private networks.
        own_plain: a session for HTTP, which connects only to private networks.
    """

    def __init__(
        self,
        checkers: Mapping[str, SettingsChecker],
        *,
        public: aiohttp.ClientSession,
        own: aiohttp.ClientSession,
        own_plain: aiohttp.ClientSession,
    ) -> None:
        self._checkers = checkers
        self._public = public
        self._own = own
        self._own_plain = own_plain

    async def ask(self, request: CheckRequest) -> Any:
        """Return the JSON of an answer with status 200, not validated."""
        try:
            return await self._ask(request)
        except PeerUnavailable as error:
            if error.trouble is Trouble.ADDRESS and not request.checker:
                # `federation.allow_networks`, which the reason names, is not for policies.
                raise PeerUnavailable(
                    "an address in a policy must be public; for a private one define a checker in "
                    "the settings, and name it in the policy",
                    Trouble.ADDRESS,
                ) from error
            raise

    async def _ask(self, request: CheckRequest) -> Any:
        session, url, headers = self._connection_to(request)
        async with posted(
            session,
            url,
            json.dumps(request.body).encode(),
            headers,
            seconds=request.timeout_ms / 1000,
        ) as response:
            if response.status != _OK:
                response.close()  # its text is not used
                raise PeerUnavailable(f"answered {response.status}")
            body = await read_body(response, request.max_bytes)
        try:
            return parse_json(body, max_values=MAX_EVENT_VALUES).value
        except ProtocolError as error:
            raise PeerUnavailable(f"the answer is no JSON that we can read: {error}") from error

    def _connection_to(
        self, request: CheckRequest
    ) -> tuple[aiohttp.ClientSession, str, dict[str, str]]:
        """Return the session, address and headers for a request.

        Raises:
            PeerUnavailable: there is no such checker, or its secret cannot be read.
        """
        if not request.checker:
            if not is_https(request.url):
                raise PeerUnavailable("an address in a policy is asked over https only")
            return self._public, request.url, {}
        checker = self._checkers.get(request.checker)
        if checker is None:
            raise PeerUnavailable(f"the settings define no checker {request.checker}")
        session = self._own if is_https(checker.url) else self._own_plain
        if checker.secret_file is None:
            return session, checker.url, {}
        try:
            secret = read_secret(checker.secret_file)
        except SecretFileUnusable as error:
            raise PeerUnavailable(str(error)) from error
        return session, checker.url, {"Authorization": f"Bearer {secret}"}


@asynccontextmanager
async def open_checkers(
    checkers: Mapping[str, SettingsChecker],
    tls: ssl.SSLContext,
    allow_networks: Sequence[Network] = (),
) -> AsyncIterator[HttpCheckers]:
    """Open the sessions for external checkers, and close them afterwards.

    Args:
        checkers: the checkers in the settings, by name.
        tls: from `make_tls_context`.
        allow_networks: networks that these may be in, besides the private ones.
    """
    dns = DnsResolver()
    networks = (*PRIVATE_NETWORKS, *allow_networks)
    guards = (
        AddressGuard(),
        AddressGuard(networks),
        AddressGuard(networks, is_open_network_permitted=False),
    )
    try:
        async with AsyncExitStack() as stack:
            public, own, own_plain = [
                await stack.enter_async_context(
                    open_session(guard, dns, tls, connections_a_host=CONNECTIONS_A_HOST)
                )
                for guard in guards
            ]
            yield HttpCheckers(checkers, public=public, own=own, own_plain=own_plain)
    finally:
        await dns.close()
