"""Client addresses of requests, and which of them belong to member servers."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple

from countersign.basics.ip_addresses import client_network
from countersign.ports.clock import Clock

KNOWN_SECONDS: Final = 24 * 3_600.0
RENEW_SECONDS: Final = 600.0
"""Time after which an address is recorded again, so that most requests cost one look-up."""
MAX_KNOWN: Final = 20_000
MAX_PER_OWNER: Final = 32
"""Maximum number of addresses that are kept for one owner; a homeserver sends from a few."""


class Client(NamedTuple):
    """The network location of a request's sender.

    Attributes:
        address: the IPv4 address or IPv6 /64; None for loopback, since a reverse proxy that the
            settings do not name may forward everybody's requests from there.
        network: its IPv4 /24 or IPv6 /48; None likewise.
    """

    address: str | None
    network: str | None


UNKNOWN_CLIENT: Final = Client(None, None)


@dataclass(slots=True)
class _Known:
    owner: str
    seen_at: float


class KnownClients:
    """The addresses from which a member server proved its name within the last 24 hours.

    They are kept in memory only: after a restart, each is known again with its first request.

    Args:
        clock: measures their age.
        is_member: returns True if a server has a user in one of our rooms.
        owner_of: returns the registrable domain of a server name.
    """

    def __init__(
        self, clock: Clock, is_member: Callable[[str], bool], owner_of: Callable[[str], str]
    ) -> None:
        self._clock = clock
        self._is_member = is_member
        self._owner_of = owner_of
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._by_owner: dict[str, OrderedDict[str, None]] = {}

    def note(self, client: Client, origin: str) -> None:
        """Record a client whose request was signed by `origin`, if that is a member server."""
        address = client.address
        if address is None:
            return
        now = self._clock.monotonic()
        remembered = self._known.get(address)
        if remembered is not None and now - remembered.seen_at < RENEW_SECONDS:
            return
        if not self._is_member(origin):
            return
        if remembered is not None:
            self._forget(address)
        owner = self._owner_of(origin)
        addresses = self._by_owner.setdefault(owner, OrderedDict())
        if len(addresses) >= MAX_PER_OWNER:
            self._forget(next(iter(addresses)))
            addresses = self._by_owner.setdefault(owner, addresses)
        addresses[address] = None
        self._known[address] = _Known(owner, now)
        if len(self._known) > MAX_KNOWN:
            self._forget(next(iter(self._known)))

    def owner_of(self, client: Client) -> str | None:
        """Return the registrable domain of the member server at this address, None if unknown."""
        return None if client.address is None else self._owner_at(client.address)

    def is_member_at(self, address: str) -> bool:
        """Return True if a member server is known at an IP address."""
        known_as = client_network(address)
        return known_as is not None and self._owner_at(known_as) is not None

    def __len__(self) -> int:
        return len(self._known)

    def _owner_at(self, address: str) -> str | None:
        remembered = self._known.get(address)
        if remembered is None:
            return None
        if self._clock.monotonic() - remembered.seen_at > KNOWN_SECONDS:
            self._forget(address)
            return None
        return remembered.owner

    def _forget(self, address: str) -> None:
        owner = self._known.pop(address).owner
        addresses = self._by_owner[owner]
        del addresses[address]
        if not addresses:
            del self._by_owner[owner]
