"""The join handshake: joins a room through a resident server, and returns the room's state.

Spec: https://spec.matrix.org/v1.18/server-server-api/#joining-rooms
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from countersign.ports.clock import Clock
from countersign.ports.errors import PeerRefused, PeerUnavailable
from countersign.ports.federation import FederationClient
from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.errors import ProtocolError
from countersign.protocol.events.pdu import Pdu, parse_pdu
from countersign.protocol.room_versions import ROOM_VERSIONS, RoomVersionRules
from countersign.protocol.rooms.room_state import trimmed
from countersign.protocol.rooms.state_events import StateEvent
from countersign.service.handshakes.joined_state import JoinedState, verify_joined_state
from countersign.service.handshakes.leaving import Leaving
from countersign.service.handshakes.membership_events import build_membership_event
from countersign.service.handshakes.resident_calls import (
    AnswerUntrustworthy,
    Attempt,
    HandshakeFailed,
    Progress,
)
from countersign.service.identity import Identity
from countersign.service.keys.key_ring import KeyRing

_REMEDIES: Final = {
    "M_FORBIDDEN": "Invite {user} into the room (or lift its ban), then join again.",
    "M_NOT_FOUND": "Name a server that is in the room with --via.",
    "M_INCOMPATIBLE_ROOM_VERSION": "Upgrade Countersign, or protect a room of version 1 to 12.",
}
_REMEDY: Final = (
    "Look whether these servers are up and in the room; `countersign doctor` tells whether other "
    "servers can reach and verify this one."
)
_NO_SERVER: Final = "No server to ask is known: name one that is in the room with --via."


class JoinFailed(HandshakeFailed):
    """No server let us into the room, or none sent a state that we can trust."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """Result of a join.

    Attributes:
        rules: the room's version, as its verified create event says.
        server: the server that let us in.
        state: the room's state as it was before our join.
        own_event: our join, which is the newest state.
    """

    rules: RoomVersionRules
    server: str
    state: JoinedState
    own_event: StateEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinRequest:
    """A room to join, and what is known of it beforehand.

    Attributes:
        room_id: the room.
        servers: the servers to ask, best first.
        pinned: the version that we verified at an earlier join, or None.
        is_joined: our user is in the room already; the join only fetches its state again.
        on_version: receives the room's version as soon as other servers may send us its events.
        progress: receives lines on what is being done.
    """

    room_id: str
    servers: Sequence[str]
    pinned: RoomVersionRules | None
    is_joined: bool
    on_version: Callable[[RoomVersionRules], None]
    progress: Progress


class Joining:
    """Joins rooms; the caller stores the result."""

    def __init__(
        self,
        identity: Identity,
        *,
        federation: FederationClient,
        key_ring: KeyRing,
        leaving: Leaving,
        clock: Clock,
    ) -> None:
        self._identity = identity
        self._federation = federation
        self._key_ring = key_ring
        self._leaving = leaving
        self._clock = clock

    async def join(self, request: JoinRequest) -> Admission:
        """Ask each server in turn until one lets us in and sends a valid state.

        Raises:
            JoinFailed: none did; says why, and what to do.
        """
        attempts: list[Attempt] = []
        for server in request.servers:
            try:
                return await self._join_through(server, request)
            except (PeerRefused, PeerUnavailable, AnswerUntrustworthy) as error:
                attempts.append(Attempt.failed(server, error))
                request.progress(f"{server}: {attempts[-1].reason}")
        raise JoinFailed(f"Could not join {request.room_id}", attempts, self._remedy(attempts))

    async def _join_through(self, server: str, request: JoinRequest) -> Admission:
        request.progress(f"asking {server} how to join")
        answer = await self._federation.make_join(
            server, request.room_id, self._identity.user_id, tuple(ROOM_VERSIONS)
        )
        rules = _version_of(answer, request.pinned)
        own = self._own_join(answer, request.room_id, rules, server)
        request.on_version(rules)
        request.progress(f"joining through {server} (room version {rules.identifier})")
        answer = await self._federation.send_join(server, request.room_id, own.event_id, own.json)
        try:
            _check_returned_event(answer, own)
            state = await verify_joined_state(
                answer,
                room_id=request.room_id,
                rules=rules,
                key_ring=self._key_ring,
                progress=request.progress,
            )
        except AnswerUntrustworthy:
            if not request.is_joined:
                await self._withdraw(server, request.room_id, rules)
            raise
        return Admission(rules=rules, server=server, state=state, own_event=trimmed(own))

    def _own_join(
        self, answer: JsonObject, room_id: str, rules: RoomVersionRules, server: str
    ) -> Pdu:
        return build_membership_event(
            answer,
            room_id=room_id,
            membership="join",
            rules=rules,
            resident=server,
            identity=self._identity,
            origin_server_ts=self._clock.now_ts(),
        )

    async def _withdraw(self, server: str, room_id: str, rules: RoomVersionRules) -> None:
        """Leave again: without the room's state we cannot answer, so its messages would fail."""
        with suppress(HandshakeFailed):
            await self._leaving.leave(room_id, rules, [server])

    def _remedy(self, attempts: Sequence[Attempt]) -> str:
        if not attempts:
            return _NO_SERVER
        for attempt in attempts:
            if attempt.errcode in _REMEDIES:
                return _REMEDIES[attempt.errcode].format(user=self._identity.user_id)
        return _REMEDY


def _version_of(answer: JsonObject, pinned: RoomVersionRules | None) -> RoomVersionRules:
    """Read the claimed version of the room; the create event decides later."""
    version: Any = answer.get("room_version", "1")
    rules = ROOM_VERSIONS.get(version) if isinstance(version, str) else None
    if rules is None:
        raise AnswerUntrustworthy("it says that the room has a version that we do not know")
    if pinned is not None and rules is not pinned:
        raise AnswerUntrustworthy(
            f"it says that the room has version {rules.identifier}, "
            f"and we verified {pinned.identifier} when we joined before"
        )
    return rules


def _check_returned_event(answer: JsonObject, own: Pdu) -> None:
    returned = answer.get("event")
    if returned is None:
        return
    try:
        event_id = parse_pdu(returned, own.rules).event_id if isinstance(returned, dict) else None
    except ProtocolError:
        event_id = None
    if event_id != own.event_id:
        raise AnswerUntrustworthy("it returned another event than the join that we sent")
