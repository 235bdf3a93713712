"""Choice and order of the resident servers that are asked about a room."""

from collections.abc import Iterator, Mapping
from typing import Final

from countersign.protocol.identifiers import server_name_of
from countersign.service.limits.registrable_domains import RegistrableDomain, domain_of_server
from countersign.service.rooms.room import Room

MAX_SERVERS_TRIED: Final = 6
QUORUM: Final = 2
"""Number of servers of different domains that must agree; one if the room has no two."""


def resident_servers(
    room: Room, *, ourselves: str, registrable_domain: RegistrableDomain
) -> tuple[list[str], int]:
    """Return the servers to ask, best first, and how many of them must agree.

    Servers of users with high power levels come first, so that somebody who brings many servers
    into a room does not gain a majority. One server of each domain is asked, unless there is only
    one domain.

    Args:
        room: the room.
        ourselves: our server name.
        registrable_domain: returns the registrable domain of a host.
    """
    servers = dict.fromkeys(
        server
        for server in _by_standing(room)
        if server != ourselves
        and room.state.is_server_joined(server)
        and (room.state.acl is None or room.state.acl.allows(server))
    )
    domains: dict[str, str] = {}
    for server in servers:
        domains.setdefault(domain_of_server(server, registrable_domain), server)
    candidates = servers if len(domains) == 1 else domains.values()
    return list(candidates)[:MAX_SERVERS_TRIED], min(QUORUM, len(domains))


def _by_standing(room: Room) -> Iterator[str]:
    """Yield the room's servers by their users' power levels, highest first; some more than once."""
    state = room.state
    levels: Mapping[str, int] = state.power_levels.users
    powerful = sorted((user for user in levels if levels[user] > 0), key=lambda user: -levels[user])
    for user in (*sorted(state.creators), *powerful):
        if state.membership_of(user) == "join":
            yield server_name_of(user)
    yield from state.largest_servers(MAX_SERVERS_TRIED)
    yield from room.via
