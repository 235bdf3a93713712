"""Client addresses of requests, also behind the operator's reverse proxy."""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Final

from starlette.types import Scope

from countersign.basics.ip_addresses import client_network, owner_network
from countersign.service.limits.known_clients import UNKNOWN_CLIENT, Client

MAX_REMEMBERED: Final = 10_000

Network = IPv4Network | IPv6Network


class ClientAddresses:
    """Finder of the client network of a request.

    Args:
        trusted_proxies: addresses of reverse proxies. `X-Forwarded-For` counts only in requests
            from these, because anybody can send that header.
    """

    def __init__(self, trusted_proxies: Sequence[Network] = ()) -> None:
        self._trusted_proxies = tuple(trusted_proxies)
        self._is_trusted = lru_cache(MAX_REMEMBERED)(self._look_up)

    def network_of(self, scope: Scope) -> str | None:
        """Return the client's network; None if it is not known."""
        return self.client_of(scope).network

    def client_of(self, scope: Scope) -> Client:
        """Return the client; `UNKNOWN_CLIENT` if it is not known."""
        client = scope["client"]
        if client is None:
            return UNKNOWN_CLIENT
        if not self._trusted_proxies or not self.is_trusted(client[0]):
            return _client(client[0])
        forwarded = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
        # The last address that is not a proxy of ours; anybody can write those before it.
        for address in reversed(b",".join(forwarded).decode("latin-1").split(",")):
            if not self.is_trusted(address.strip()):
                return _client(address.strip())
        return UNKNOWN_CLIENT

    def is_trusted(self, address: str) -> bool:
        """Return True if this is the address of a trusted proxy."""
        return bool(self._trusted_proxies) and self._is_trusted(address)

    def _look_up(self, address: str) -> bool:
        try:
            parsed = ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self._trusted_proxies)


@lru_cache(MAX_REMEMBERED)
def _client(address: str) -> Client:
    return Client(client_network(address), owner_network(address))
