"""Redactions of our own: the recipient of leaks that is our own user.

Whoever gets a redaction checks it as any other event of the room, our policy signature included.
So it goes the way of every event that we sign: it is decided, the decision is durable, and only
then is it signed. It is stored before anybody gets it, so a crash makes no second one.
"""

from collections.abc import Callable, Sequence
from typing import Final

import structlog

from countersign.policy.decisions import Verdict
from countersign.policy.languages.tags import ENGLISH
from countersign.ports.clock import Clock
from countersign.ports.stores.leaks import Leak
from countersign.ports.stores.redactions import OwnRedaction, RedactionStore
from countersign.protocol.events.pdu import Pdu
from countersign.protocol.rooms.policy_servers import with_policy_signature
from countersign.service.evaluation.decide import Decide
from countersign.service.handshakes.resident_calls import AnswerUntrustworthy
from countersign.service.identity import Identity
from countersign.service.keys.policy_signatures import PolicySignatures
from countersign.service.leaks.outbox import DeliveryFailed, DeliveryPointless
from countersign.service.leaks.redaction_delivery import RedactionDelivery
from countersign.service.leaks.redaction_events import build_redaction
from countersign.service.rooms.forward_extremities import ForwardExtremities
from countersign.service.rooms.protected_rooms import Rooms
from countersign.service.rooms.room import Room

MAX_ROOMS_REMEMBERED: Final = 10_000

log = structlog.get_logger()


class OwnRedactions:
    """A recipient of leaks that redacts them itself, where the room lets our user.

    Args:
        identity: who we are.
        rooms: where we are.
        extremities: tell where in a room's graph the redaction goes.
        decide: decides on it, as on every event that is signed.
        signatures: signs it as the room's policy server.
        store: keeps it.
        delivery: sends it to the room's servers.
        clock: ours.
        language_of: the language that the people of a room read.
    """

    most_at_once = 1

    def __init__(
        self,
        identity: Identity,
        *,
        rooms: Rooms,
        extremities: ForwardExtremities,
        decide: Decide,
        signatures: PolicySignatures,
        store: RedactionStore,
        delivery: RedactionDelivery,
        clock: Clock,
        language_of: Callable[[str], str] = lambda _: ENGLISH,
    ) -> None:
        self.name = identity.user_id
        self._identity = identity
        self._rooms = rooms
        self._extremities = extremities
        self._decide = decide
        self._signatures = signatures
        self._store = store
        self._delivery = delivery
        self._clock = clock
        self._language_of = language_of
        self._powerless: dict[str, None] = {}

    async def tell(self, leaks: Sequence[Leak]) -> str:
        """Redact these events, and leave it to the delivery that the room's servers hear of it."""
        made = [await self._redact(leak) for leak in leaks]
        return f"redacted by {', '.join(made)}"

    async def _redact(self, leak: Leak) -> str:
        stored = await self._store.of_leak(leak.key)
        if stored is None:
            made = await self._make(leak)
            stored = await self._store.add(
                OwnRedaction(
                    leak_key=leak.key,
                    room_id=leak.room_id,
                    event_id=made.event_id,
                    event=made.json,
                    made_ts=self._clock.now_ts(),
                )
            )
        self._delivery.add(stored)
        return stored.redaction.event_id

    async def _make(self, leak: Leak) -> Pdu:
        try:
            place = await self._extremities.find(self._get_room(leak))
            # Meanwhile the room may have changed its mind about us.
            room = self._get_room(leak)
            pdu = build_redaction(
                leak.event_id,
                room=room,
                place=place,
                identity=self._identity,
                origin_server_ts=self._clock.now_ts(),
                language=self._language_of(leak.room_id),
            )
        except AnswerUntrustworthy as error:
            raise DeliveryFailed(str(error), room_id=leak.room_id) from error
        decision = await self._decide.run(pdu, room, self._identity.server_name)
        if decision.decision.verdict is Verdict.REFUSE:
            raise DeliveryFailed("the room's policy refuses our redaction", room_id=leak.room_id)
        return with_policy_signature(pdu, self._signatures.sign(pdu, room.state.room_policy))

    def _get_room(self, leak: Leak) -> Room:
        """Return the leak's room, where our user may redact.

        Raises:
            DeliveryPointless: it may not.
        """
        room = self._rooms.get(leak.room_id)
        if room is None or not room.is_joined:
            raise DeliveryPointless("our user is not in the room")
        if self._identity.find_listed_key(room.state.room_policy) is None:
            # Another policy server would have to sign our redaction.
            raise DeliveryPointless("the room names this policy server no more")
        if not room.state.may_redact(self._identity.user_id):
            self._complain(room)
            raise DeliveryPointless(
                f"our user has no power to redact there: it has "
                f"{room.state.power_levels.of_user(self._identity.user_id)}, and needs "
                f"{room.state.power_levels.redact} and what m.room.redaction asks"
            )
        return room

    def _complain(self, room: Room) -> None:
        """Inform the operator, once for each room."""
        if room.room_id in self._powerless or len(self._powerless) >= MAX_ROOMS_REMEMBERED:
            return
        self._powerless[room.room_id] = None
        log.warning(
            "our user cannot redact refused events in a room: it lacks the power",
            room_id=room.room_id,
            remedy=f"A moderator can give {self._identity.user_id} the power level that redact "
            "asks for, or leave redacting to a bot.",
        )
