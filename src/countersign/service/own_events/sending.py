"""Sending by our own user: each event is made once, and decided and signed if the room names us.

Other servers check our events like any event of the room, including the policy signature. So if the
room names us, the event is decided, the decision becomes durable, and then the event is signed. It
is stored before it is sent, so a crash does not create a second one.
"""

from collections.abc import Callable
from hashlib import sha256
from typing import Final

from countersign.policy.decisions import Verdict
from countersign.ports.clock import Clock
from countersign.ports.stores.own_user.own_events import OwnEvent, OwnEventStore
from countersign.protocol.errors import CountersignError
from countersign.protocol.events.pdu import Pdu
from countersign.protocol.rooms.policy_servers import with_policy_signature
from countersign.service.evaluation.decide import Decide
from countersign.service.identity import Identity
from countersign.service.keys.policy_signatures import PolicySignatures
from countersign.service.own_events.building import REDACTION, Draft, build_own_event
from countersign.service.own_events.delivery import OwnEventDelivery
from countersign.service.rooms.forward_extremities import ForwardExtremities
from countersign.service.rooms.protected_rooms import Rooms
from countersign.service.rooms.room import Room

POLICY_REFUSES: Final = "the room's policy refuses our event"


def key_of(*parts: str) -> bytes:
    """Return the key of an event, a hash of the parts that identify its reason."""
    return sha256("\0".join(("sent for", *parts)).encode()).digest()


class CannotSend(CountersignError):
    """Our user cannot send this to the room; the message is a clause with the reason."""


class OwnEvents:
    """Makes events of our user and queues them for delivery.

    Args:
        rooms: the rooms that we are in.
        extremities: find the place of an event in a room's graph.
        decide: decides on it, as on every event that is signed.
        signatures: signs it if the room names us as its Policy Server.
        store: keeps it.
        delivery: sends it to the room's servers.
    """

    def __init__(
        self,
        identity: Identity,
        *,
        rooms: Rooms,
        extremities: ForwardExtremities,
        decide: Decide,
        signatures: PolicySignatures,
        store: OwnEventStore,
        delivery: OwnEventDelivery,
        clock: Clock,
    ) -> None:
        self._identity = identity
        self._rooms = rooms
        self._extremities = extremities
        self._decide = decide
        self._signatures = signatures
        self._store = store
        self._delivery = delivery
        self._clock = clock

    async def send(
        self,
        room_id: str,
        draft: Draft,
        *,
        check: Callable[[Room], None] = lambda _room: None,
    ) -> str:
        """Make an event unless it was made before; return its ID.

        Args:
            room_id: the room.
            draft: says what it is.
            check: raises if the event must not be sent to the room; called again once its place is
                known.

        Raises:
            CannotSend: our user is not in the room, may not send this, or its policy refuses it.
            AnswerUntrustworthy: no server of the room returns a place for the event.
            StoreUnavailable: nothing is known to be stored, so nothing is sent.
        """
        stored = await self._store.find_by_key(draft.key)
        if stored is None:
            made = await self._make(room_id, draft, check)
            stored = await self._store.add(
                OwnEvent(
                    key=draft.key,
                    room_id=room_id,
                    event_id=made.event_id,
                    event=made.json,
                    made_ts=self._clock.now_ts(),
                )
            )
        self._delivery.add(stored)
        return stored.own.event_id

    async def _make(self, room_id: str, draft: Draft, check: Callable[[Room], None]) -> Pdu:
        place = await self._extremities.find(self._get_room(room_id, draft, check))
        # Meanwhile the room's state may have changed.
        room = self._get_room(room_id, draft, check)
        pdu = build_own_event(
            draft,
            room=room,
            position=place,
            identity=self._identity,
            origin_server_ts=self._clock.now_ts(),
        )
        if self._identity.find_listed_key(room.state.room_policy) is None:
            return pdu  # the room does not name us: its own Policy Server is asked by others
        decision = await self._decide.run(pdu, room, self._identity.server_name)
        if decision.decision.verdict is Verdict.REFUSE:
            raise CannotSend(POLICY_REFUSES)
        return with_policy_signature(pdu, self._signatures.sign(pdu, room.state.room_policy))

    def _get_room(self, room_id: str, draft: Draft, check: Callable[[Room], None]) -> Room:
        room = self._rooms.get(room_id)
        if room is None or not room.is_joined:
            raise CannotSend("our user is not in the room")
        check(room)
        if draft.type != REDACTION:
            self._require_power(room, draft)
        return room

    def _require_power(self, room: Room, draft: Draft) -> None:
        levels = room.state.power_levels
        needed = levels.send_level(draft.type, is_state=draft.state_key is not None)
        have = levels.user_level(self._identity.user_id)
        if have < needed:
            raise CannotSend(
                f"our user has no power to send {draft.type} there: it has {have}, and needs "
                f"{needed}"
            )
