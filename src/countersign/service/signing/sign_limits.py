"""Limits on requests for signatures, before and after authentication.

Before it, the cost of a request is charged to its network and to all strangers together. After it,
each server has limits of its own, which no other can use up. Rates and body sizes of networks are
limited in `web/http/admission.py`.
"""

from collections.abc import Callable
from typing import Final, TypeAlias

from countersign.protocol.events.pdu import Pdu
from countersign.service.limits.fair_queue import FairQueue
from countersign.service.limits.known_clients import Client, KnownClients
from countersign.service.limits.request_limits import RequestLimits
from countersign.service.rooms.room import Room

STRANGERS: Final = "*"
"""Placeholder for the community of servers that are not in the event's room."""

CheckUnseen: TypeAlias = Callable[[Pdu, Room, str], None]
"""Raises `RateLimited` if a server holds too many signatures whose events nobody has seen."""


class SignLimits:
    """Limits on requests for signatures.

    Args:
        limits: the token buckets.
        queue: the fair queue for times of overload.
        known_clients: the addresses of member servers.
        community_of: returns the community of a room ID; communities have equal shares.
        check_unseen: called before the first decision on an event.
    """

    def __init__(
        self,
        limits: RequestLimits,
        *,
        queue: FairQueue,
        known_clients: KnownClients,
        community_of: Callable[[str], str],
        check_unseen: CheckUnseen,
    ) -> None:
        self._limits = limits
        self._queue = queue
        self._known_clients = known_clients
        self._community_of = community_of
        self._check_unseen = check_unseen

    def check_claimed_origin(self, origin: str) -> None:
        """Raise if the claimed origin is over its rate; takes no tokens.

        Raises:
            RateLimited: the origin was over its rate a moment ago.
        """
        self._limits.check(origin)

    async def wait_for_turn(
        self, room: Room, origin: str, client: Client, *, is_member: bool
    ) -> None:
        """Charge a request before it is authenticated; return when it is its turn.

        Args:
            room: the room of its event.
            origin: the claimed origin.
            client: the client, by whose address the request is charged.
            is_member: the origin is in the room.

        Raises:
            RateLimited: too many requests of strangers.
            TryLater: it waited too long.
        """
        source = client.network or origin
        if is_member:
            await self._queue.wait(self._community_of(room.room_id), room.room_id, source)
        else:
            # All strangers together have a small share: their names are free, and cost us fetches.
            self._limits.charge_stranger()
            await self._queue.wait(STRANGERS, room.room_id, source)

    def charge_origin(self, origin: str, client: Client, *, is_member: bool) -> None:
        """Charge the origin of an authenticated request.

        Raises:
            RateLimited: the origin, its domain or its network is over its rate.
        """
        self._limits.charge_origin(origin)
        if is_member:
            self._known_clients.note(client, origin)

    def charge_decision(self, pdu: Pdu, room: Room, origin: str) -> None:
        """Charge the first decision on a verified event.

        Raises:
            RateLimited: the event's server had too many decided today, or holds too many
                signatures whose events nobody has seen.
        """
        # Whoever asks may be innocent; whose event it is has been proved, or else who asks has.
        server = pdu.sender_server if pdu.sender_server in pdu.signatures else origin
        self._limits.charge_decision(server)
        self._check_unseen(pdu, room, origin)
