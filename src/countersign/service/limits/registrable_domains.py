"""Registrable domains: what several server names have in common that one owner is likely to run."""

from countersign.protocol.errors import ProtocolError
from countersign.protocol.identifiers import split_server_name
from countersign.service.limits.request_limits import RegistrableDomain, network_of


def domain_of_server(server_name: str, registrable_domain: RegistrableDomain) -> str:
    """Return the registrable domain of a server; of an IP literal, its network.

    Args:
        server_name: may have a port, which makes no difference; what is no server name stands for
            itself.
        registrable_domain: of a host.
    """
    try:
        place = split_server_name(server_name)
    except ProtocolError:
        return server_name
    if place.is_ip_literal:
        return network_of(place.host) or place.host
    return registrable_domain(place.host.lower().rstrip("."))
