"""Registrable domains: what several server names have in common that one owner is likely to run."""

from collections.abc import Callable
from typing import NamedTuple

from countersign.basics.ip_addresses import one_spelling, owner_network
from countersign.protocol.errors import ProtocolError
from countersign.protocol.identifiers import HostPort, split_server_name

RegistrableDomain = Callable[[str], str]
"""Returns what somebody had to register to own a host: lower case, no dot at its end."""


def spelling_of(host: HostPort) -> str:
    """Return the same for all spellings of one host; an IPv6 address has many thousands."""
    return one_spelling(host.host) if host.is_ip_literal else host.host.lower().rstrip(".")


def domain_of_host(host: HostPort, registrable_domain: RegistrableDomain) -> str:
    """Return the registrable domain of a host; of an IP literal, its network."""
    spelled = spelling_of(host)
    if host.is_ip_literal:
        return owner_network(spelled) or spelled
    return registrable_domain(spelled)


def domain_of_server(server_name: str, registrable_domain: RegistrableDomain) -> str:
    """Return the registrable domain of a server; of an IP literal, its network.

    Args:
        server_name: may have a port, which makes no difference; what is no server name stands for
            itself.
        registrable_domain: of a host.
    """
    try:
        host = split_server_name(server_name)
    except ProtocolError:
        return server_name
    return domain_of_host(host, registrable_domain)


class Names(NamedTuple):
    """Groups that one server name belongs to."""

    origin: str
    host: str
    domain: str


class Naming:
    """Tells what a server name belongs to; what is no server name stands for itself.

    Args:
        registrable_domain: of a host.
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
