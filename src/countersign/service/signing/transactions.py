"""Transactions: what other servers push to us. We take the state that we follow, and no more.

Spec: https://spec.matrix.org/v1.18/server-server-api/#transactions
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from countersign.basics.bounded_mapping import BoundedMapping
from countersign.ports.broadcasts import Broadcasts, Topic
from countersign.ports.errors import StoreUnavailable
from countersign.protocol.canonical_json import JsonObject, encode_canonical, parse_object
from countersign.protocol.errors import BadJson, CountersignError, ProtocolError
from countersign.protocol.events.event_signatures import (
    find_authorising_server,
)
from countersign.protocol.events.hashes import event_id_of
from countersign.protocol.events.pdu import Pdu, parse_pdu, room_id_of
from countersign.protocol.identifiers import is_event_id
from countersign.protocol.json_pieces import JsonItems
from countersign.protocol.room_versions import V10, V12, RoomVersionRules
from countersign.service.errors import AclDenied, NotProtected
from countersign.service.keys.event_verification import check_signatures, check_signed_by
from countersign.service.keys.key_ring import KeyRing
from countersign.service.leaks.detection import Leaks
from countersign.service.rooms.protected_rooms import Rooms
from countersign.service.rooms.received_events import ReceivedEvents
from countersign.service.rooms.room import Room
from countersign.service.slices import is_list

MAX_PDUS: Final = 50
MAX_EDUS: Final = 100
MAX_ANSWERS_KEPT: Final = 512
MAX_TOLD_CHARS: Final = 32_768
"""Length of an answer beyond which other processes are not told: they would process it again."""

_MAX_TXN_ID_CHARS: Final = 255


class Transactions:
    """Takes transactions in; an answer tells, for each PDU, what came of it.

    Whichever process a transaction is sent to again, it has the answer of the first time.
    """

    def __init__(
        self,
        *,
        rooms: Rooms,
        key_ring: KeyRing,
        leaks: Leaks,
        received: ReceivedEvents,
        on_arrived: Sequence[Callable[[Pdu], None]] = (),
        broadcasts: Broadcasts | None = None,
    ) -> None:
        self._on_arrived = tuple(on_arrived)
        self._rooms = rooms
        self._key_ring = key_ring
        self._leaks = leaks
        self._received = received
        self._answers: BoundedMapping[tuple[str, str], JsonObject] = BoundedMapping(
            MAX_ANSWERS_KEPT
        )
        self._broadcasts = broadcasts
        if broadcasts is not None:
            broadcasts.hear(Topic.ANSWERED, self._hear_answered)

    async def receive(self, origin: str, txn_id: str, body: JsonObject) -> JsonObject:
        """Process a transaction; one that is sent again gets the answer of the first time.

        Args:
            origin: the authenticated server that sends it.
            txn_id: from the path.
            body: the transaction.

        Returns:
            `{"pdus": {event ID: {}}}`, with an `error` for each PDU that came to nothing. A PDU
            whose event ID cannot even be guessed has no entry.

        Raises:
            BadJson: it is no transaction, or too large a one.
            StoreUnavailable: what it tells cannot be kept now; it must be sent again.
        """
        pdus = _listed(body, "pdus", MAX_PDUS)
        _listed(body, "edus", MAX_EDUS)
        if len(txn_id) > _MAX_TXN_ID_CHARS:
            raise BadJson("The transaction ID is too long.")
        known = self._answers.get((origin, txn_id))
        if known is not None:
            return known
        results: dict[str, JsonObject] = {}
        for index in range(len(pdus)):
            # One PDU is some milliseconds' work; requests for signatures come in between.
            await asyncio.sleep(0)
            event = pdus[index]
            if isinstance(event, dict):
                if isinstance(pdus, JsonItems):
                    await asyncio.sleep(0)  # it was read just now
                results.update(await self._result(origin, event))
        answer: JsonObject = {"pdus": results}
        self._answers[origin, txn_id] = answer
        if self._broadcasts is not None:
            told = encode_canonical(answer).decode()
            if len(told) <= MAX_TOLD_CHARS:
                self._broadcasts.tell(Topic.ANSWERED, origin, txn_id, told)
        return answer

    def _hear_answered(self, origin: str, txn_id: str, told: str) -> None:
        self._answers[origin, txn_id] = parse_object(told.encode()).value

    async def _result(self, origin: str, event: JsonObject) -> dict[str, JsonObject]:
        try:
            event_id = await self._take(origin, event)
        except StoreUnavailable:
            # Its sender takes an answer for the end of it, so there must be none.
            raise
        except CountersignError as error:
            return {event_id: {"error": str(error)} for event_id in self._guess_event_id(event)}
        return {event_id: {}}

    async def _take(self, origin: str, event: JsonObject) -> str:
        """Check one PDU whole, whatever it is, so that nobody is told that a forgery is fine."""
        room_id = room_id_of(event)
        rules = self._rooms.find_rules(room_id)
        if rules is None:
            raise NotProtected("This Policy Server is not in the room.")
        room = self._rooms.get(room_id)
        if room is not None and room.state.acl is not None and not room.state.acl.allows(origin):
            raise AclDenied(origin)
        pdu = parse_pdu(event, rules)
        is_known = room is not None and room.state.is_server_joined(pdu.sender_server)
        await check_signatures(pdu, self._key_ring, is_known=is_known)
        await self._check_authorised(pdu, room)
        # Asked before the event changes what its sender may do.
        is_judgeable = room is not None and self._leaks.is_judgeable(pdu, room)
        await self._received.take(pdu, origin)
        if room is not None:
            self._leaks.arrived(pdu, room, origin, is_judgeable=is_judgeable)
            for tell in self._on_arrived:
                tell(pdu)
        return pdu.event_id

    async def _check_authorised(self, pdu: Pdu, room: Room | None) -> None:
        # Who may not come back by themselves must not seem to be back in our eyes alone.
        server = find_authorising_server(pdu)
        if server is not None:
            is_known = room is not None and room.state.is_server_joined(server)
            await check_signed_by(pdu, server, self._key_ring, is_known=is_known)

    def _guess_event_id(self, event: JsonObject) -> Iterator[str]:
        """Name a PDU that was not taken: exactly where its room is known, else most likely."""
        claimed = event.get("event_id")
        if isinstance(claimed, str) and is_event_id(claimed):
            yield claimed
            return
        try:
            event_id = event_id_of(event, self._likely_rules(event))
        except ProtocolError:
            return
        yield event_id

    def _likely_rules(self, event: JsonObject) -> RoomVersionRules:
        room_id = room_id_of(event)
        known = self._rooms.find_rules(room_id)
        # Rooms 4 to 11 give nearly every event the same ID.
        return known or (V10 if ":" in room_id else V12)


def _listed(body: JsonObject, key: str, maximum: int) -> Sequence[Any]:
    found = body.get(key, [])
    if not is_list(found):
        raise BadJson(f"The transaction's {key} is not a list.")
    if len(found) > maximum:
        raise BadJson(f"The transaction has more than {maximum} {key}.")
    return found
