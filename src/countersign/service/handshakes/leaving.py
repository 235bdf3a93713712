"""The leave handshake: leaves a room so that it stays usable.

Homeservers ask the policy server about every event, including its own leave. If our leave is
soft-failed, the room's servers still treat us as joined, and every message fails. So the leave has
the policy key's signature from the start, and no server needs to ask.

Spec: https://spec.matrix.org/v1.18/server-server-api/#leaving-rooms-rejecting-invites
"""

from collections.abc import Sequence
from typing import Final

from countersign.ports.clock import Clock
from countersign.ports.errors import PeerRefused, PeerUnavailable
from countersign.ports.federation import FederationClient
from countersign.protocol.events.pdu import Pdu
from countersign.protocol.room_versions import RoomVersionRules
from countersign.protocol.rooms.policy_servers import (
    RoomPolicy,
    policy_signature,
    with_policy_signature,
)
from countersign.service.handshakes.membership_events import build_membership_event
from countersign.service.handshakes.resident_calls import (
    AnswerUntrustworthy,
    Attempt,
    HandshakeFailed,
)
from countersign.service.identity import Identity

_REMEDY: Final = (
    "Try again when one of the room's servers can be reached. With --force the room is forgotten "
    "here all the same; it may then go on asking this server in vain until a moderator removes "
    "m.room.policy or kicks {user}."
)


class LeaveFailed(HandshakeFailed):
    """No server of the room took our leave."""


class Leaving:
    """Leaves rooms; the caller deletes them from the store."""

    def __init__(self, identity: Identity, *, federation: FederationClient, clock: Clock) -> None:
        self._identity = identity
        self._federation = federation
        self._clock = clock

    async def leave(
        self,
        room_id: str,
        rules: RoomVersionRules,
        servers: Sequence[str],
        room_policy: RoomPolicy | None = None,
    ) -> Pdu:
        """Ask each server in turn until one takes our leave; return the event it took.

        Args:
            room_id: the room.
            rules: its version.
            servers: servers in the room, best first.
            room_policy: the content of its `m.room.policy`, as far as we know.

        Raises:
            LeaveFailed: none did; says why, and what to do.
        """
        attempts: list[Attempt] = []
        for server in servers:
            try:
                return await self._leave_through(server, room_id, rules, room_policy)
            except (PeerRefused, PeerUnavailable, AnswerUntrustworthy) as error:
                attempts.append(Attempt.failed(server, error))
        raise LeaveFailed(
            f"Could not leave {room_id}", attempts, _REMEDY.format(user=self._identity.user_id)
        )

    async def _leave_through(
        self, server: str, room_id: str, rules: RoomVersionRules, room_policy: RoomPolicy | None
    ) -> Pdu:
        answer = await self._federation.make_leave(server, room_id, self._identity.user_id)
        leave = build_membership_event(
            answer,
            room_id=room_id,
            membership="leave",
            rules=rules,
            resident=server,
            identity=self._identity,
            origin_server_ts=self._clock.now_ts(),
        )
        leave = self._with_policy_signature(leave, room_policy)
        await self._federation.send_leave(server, room_id, leave.event_id, leave.json)
        return leave

    def _with_policy_signature(self, pdu: Pdu, room_policy: RoomPolicy | None) -> Pdu:
        key = self._identity.policy_key_for(room_policy)
        return with_policy_signature(pdu, policy_signature(pdu, self._identity.server_name, key))
