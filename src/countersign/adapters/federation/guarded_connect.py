"""The HTTP session for all outgoing requests: every socket passes the address guard.

The guard checks addresses when sockets are made, after name resolution. So it covers names that
resolve to our own network, address literals in unusual spellings, redirects, second addresses and
retries. There is no separate check of names that could give another result.
"""

import errno
import socket
import ssl
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver

from countersign import __version__
from countersign.adapters.federation.address_table import AddressGuard
from countersign.adapters.federation.bounded_responses import BoundedConnector
from countersign.protocol.errors import CountersignError

MAX_CONNECTIONS = 200
MAX_CONNECTIONS_A_HOST = 8
CONNECT_TIMEOUT_SECONDS = 3.0
"""Time limit for one address, for the TCP and TLS handshakes together."""
KEEP_ALIVE_SECONDS = 60.0
DNS_CACHE_SECONDS = 60
READ_BUFFER_BYTES = 65_536


ALLOW_SETTING = "federation.allow_networks"


class AddressRefused(OSError):
    """The address is not on the open network, and no setting allows it."""

    def __init__(self, address: str) -> None:
        super().__init__(
            errno.EACCES,
            f"{address} is not an address on the open network ({ALLOW_SETTING})",
        )


class CertificatesInvalid(CountersignError):
    """The file of extra certificate authorities can't be used."""


class GuardedSockets:
    """Makes the sockets of outgoing connections, after a check of the address.

    Args:
        guard: decides which addresses are allowed.
    """

    def __init__(self, guard: AddressGuard) -> None:
        self._guard = guard

    def __call__(self, addr_info: tuple[Any, ...]) -> socket.socket:
        """Return a socket for the address of `addr_info`, a tuple as `getaddrinfo` gives them.

        Raises:
            AddressRefused: not an address that we may connect to, or not an address at all.
        """
        family, kind, protocol, _, (host, *_) = addr_info
        try:
            is_permitted = self._guard.permits(ip_address(host))
        except ValueError:
            # Our resolver returns only plain literals. The system would interpret anything else
            # itself, after our check.
            is_permitted = False
        if not is_permitted or family not in (socket.AF_INET, socket.AF_INET6):
            raise AddressRefused(str(host))
        return socket.socket(family, kind, protocol)


def make_tls_context(
    ca_certificates: Path | None = None, *, setting: str = "federation: ca_certificates"
) -> ssl.SSLContext:
    """Return a context that verifies certificates and names, with extra authorities.

    Without extra ones the context is shared, and not to be changed: to read the system's
    authorities takes 25 ms of processor time.

    Args:
        ca_certificates: a PEM file with certificate authorities to trust besides the system's.
        setting: the name of the setting, for messages.

    Raises:
        CertificatesInvalid: the file can't be read or has no certificate.
    """
    if ca_certificates is None:
        return _system_context()
    context = _new_context()
    try:
        context.load_verify_locations(cafile=ca_certificates)
    except ssl.SSLError as error:
        raise CertificatesInvalid(
            f"{ca_certificates} holds no certificates of authorities that can be read. It must"
            f" be a PEM file with -----BEGIN CERTIFICATE----- in it ({setting})."
        ) from error
    except OSError as error:
        raise CertificatesInvalid(
            f"{ca_certificates} can't be read: {error.strerror}. It must hold the certificates"
            f" of authorities ({setting})."
        ) from error
    return context


@cache
def _system_context() -> ssl.SSLContext:
    return _new_context()


def _new_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # verifies chain and name
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    return context


def open_session(
    guard: AddressGuard,
    resolver: AbstractResolver,
    tls: ssl.SSLContext,
    *,
    connections_a_host: int = MAX_CONNECTIONS_A_HOST,
) -> aiohttp.ClientSession:
    """Open the session that all requests to strangers go through; needs a running loop.

    It ignores the environment (proxies, netrc), keeps no cookies, decompresses nothing, and follows
    redirects only on request. The caller sets time limits, except for connecting.

    Args:
        guard: decides which addresses may be connected to.
        resolver: resolves host names; not closed with the session.
        tls: verifies the peers' certificates.
        connections_a_host: maximum number of connections to one host.
    """
    connector = BoundedConnector(
        resolver=resolver,
        ttl_dns_cache=DNS_CACHE_SECONDS,
        ssl=tls,
        limit=MAX_CONNECTIONS,
        limit_per_host=connections_a_host,
        keepalive_timeout=KEEP_ALIVE_SECONDS,
        socket_factory=GuardedSockets(guard),
    )
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
        auto_decompress=False,
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_TIMEOUT_SECONDS),
        read_bufsize=READ_BUFFER_BYTES,
        headers={
            "User-Agent": f"Countersign/{__version__}",
            "Accept": "application/json",
            "Accept-Encoding": "identity",
        },
    )
