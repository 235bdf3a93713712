"""Limits on requests for signatures, before and after a request is authenticated.

What a claim costs, its network and its bytes pay for, and all strangers together. What a proved
server may ask is its own, so nobody can use up another's. How often a network may come, and how
much it may send, is limited where bodies are read: `web/http/admission.py`.
"""

from collections.abc import Callable
from typing import Final, TypeAlias

from countersign.protocol.events.pdu import Pdu
from countersign.service.limits.fair_queue import FairQueue
from countersign.service.limits.known_clients import Client, KnownClients
from countersign.service.limits.request_limits import RequestLimits
from countersign.service.rooms.room import Room

STRANGERS: Final = "*"
"""Stands where a community would, for all who are not in the room that they ask about."""

CheckUnseen: TypeAlias = Callable[[Pdu, Room, str], None]
"""Raises `RateLimited` if a server holds too many signatures whose events nobody has seen."""


class SignLimits:
    """Charges requests for signatures.

    Args:
        limits: tokens.
        queue: lets requests through when there are too many.
        known_clients: remembers the addresses of member servers.
        community_of: the community of a room, by its ID; communities have equal shares.
        check_unseen: asked before an event is decided for the first time.
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
        """Send away, before they cost anything, those who ask too fast; takes nothing.

        Raises:
            RateLimited: the origin asked too fast a moment ago.
        """
        self._limits.check(origin)

    async def wait_for_turn(
        self, room: Room, origin: str, client: Client, *, is_member: bool
    ) -> None:
        """Charge the cost of a request before it is authenticated; return when it is its turn.

        Args:
            room: the room of its event.
            origin: as claimed.
            client: where it comes from, which says more about who asks.
            is_member: the origin is in the room.

        Raises:
            RateLimited: too many strangers ask.
            TryLater: it waited in vain.
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
            RateLimited: the origin asks too fast, or those whom it belongs to do.
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
