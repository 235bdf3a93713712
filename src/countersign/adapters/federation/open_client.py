"""Opening of the federation client with its resolver and session."""

import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from countersign.adapters.federation.address_table import AddressGuard
from countersign.adapters.federation.client import HttpFederationClient
from countersign.adapters.federation.dns import DnsResolver
from countersign.adapters.federation.guarded_connect import open_session
from countersign.adapters.federation.resolver import ServerResolver
from countersign.adapters.federation.well_known import (
    WellKnownFetcher,
)
from countersign.ports.clock import Clock
from countersign.ports.randomness import Randomness
from countersign.protocol.keys.signing_keys import ServerSigningKey


@asynccontextmanager
async def federation_client(
    *,
    server_name: str,
    key: ServerSigningKey,
    clock: Clock,
    randomness: Randomness,
    guard: AddressGuard,
    tls: ssl.SSLContext,
    nameservers: Sequence[str] | None = None,
    well_known_port: int = 443,
) -> AsyncIterator[HttpFederationClient]:
    """Open a federation client with its resolver and session, and close them afterwards.

    Args:
        server_name: ours.
        key: signs our requests.
        clock: for the expiry of look-ups.
        randomness: distributes load among the machines of a server.
        guard: decides which addresses are allowed.
        tls: from `make_tls_context`.
        nameservers: DNS servers to ask in place of the system's.
        well_known_port: another than 443 only in tests.
    """
    dns = DnsResolver(nameservers)
    try:
        async with open_session(guard, dns, tls) as session:
            well_known = WellKnownFetcher(session, clock, https_port=well_known_port)
            resolver = ServerResolver(dns, well_known, clock, randomness)
            try:
                yield HttpFederationClient(
                    server_name, key, session, resolver, well_known_port=well_known_port
                )
            finally:
                await resolver.close()
    finally:
        await dns.close()
