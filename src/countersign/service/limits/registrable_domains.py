"""Registrable domains, by which server names that probably have one owner are grouped."""

from collections.abc import Callable
from typing import NamedTuple

from countersign.basics.ip_addresses import one_spelling, owner_network
from countersign.protocol.errors import ProtocolError
from countersign.protocol.identifiers import HostPort, split_server_name

RegistrableDomain = Callable[[str], str]
"""Returns the registrable domain of a host, in lower case and without a final dot."""


def spelling_of(host: HostPort) -> str:
    """Return the normal form of a host; an IPv6 address can be written in thousands of ways."""
    return one_spelling(host.host) if host.is_ip_literal else host.host.lower().rstrip(".")


def domain_of_host(host: HostPort, registrable_domain: RegistrableDomain) -> str:
    """Return the registrable domain of a host; for an IP literal its network."""
    spelled = spelling_of(host)
    if host.is_ip_literal:
        return owner_network(spelled) or spelled
    return registrable_domain(spelled)


def domain_of_server(server_name: str, registrable_domain: RegistrableDomain) -> str:
    """Return the registrable domain of a server; for an IP literal its network.

    Args:
        server_name: its port is ignored; a string that is no server name is returned unchanged.
        registrable_domain: returns the registrable domain of a host.
    """
    try:
        host = split_server_name(server_name)
    except ProtocolError:
        return server_name
    return domain_of_host(host, registrable_domain)


class Names(NamedTuple):
    """The groups that a server name belongs to."""

    origin: str
    host: str
    domain: str


class Naming:
    """Maps a server name to its groups; a string that is no server name is its own group.

    Args:
        registrable_domain: returns the registrable domain of a host.
    """

    def __init__(self, registrable_domain: RegistrableDomain) -> None:
        self._registrable_domain = registrable_domain

    def __call__(self, origin: str) -> Names:
        """Return the groups of a server name."""
        try:
            name = split_server_name(origin)
        except ProtocolError:
            return Names(origin, origin, origin)
        domain = domain_of_host(name, self._registrable_domain)
        return Names(origin, spelling_of(name), domain)
