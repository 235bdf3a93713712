"""Transactions that other servers push to us; only the kinds of state that we follow are kept.

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
from countersign.service.processes.change_feed import CatchUp, nothing_to_catch_up
from countersign.service.rooms.protected_rooms import Rooms
from countersign.service.rooms.received_events import ReceivedEvents
from countersign.service.rooms.room import Room
from countersign.service.slices import is_list

MAX_PDUS: Final = 50
MAX_EDUS: Final = 100
MAX_ANSWERS_KEPT: Final = 512
MAX_SHARED_ANSWER_CHARS: Final = 32_768
"""Maximum length of an answer that is shared with other processes.

They process a repeat of a transaction whose answer is longer.
"""
JOIN_WAITED_FOR_SECONDS: Final = 3.0
"""Time for which a transaction waits for a room that is being joined."""
LOOK_SECONDS: Final = 0.1
"""Interval between looks for the end of a join."""
_MAX_TXN_ID_CHARS: Final = 255


class _RoomsOfTransaction:
    """Finds the rooms of a transaction's events, also those that other processes join just then.

    Args:
        rooms: the rooms that this process knows.
        catch_up: reads what other processes changed.
    """

    def __init__(self, rooms: Rooms, catch_up: CatchUp) -> None:
        self._rooms = rooms
        self._catch_up = catch_up
        self._is_up_to_date = False
        self._waits_until: float | None = None

    async def find_rules(self, room_id: str) -> RoomVersionRules | None:
        """Return the version of a room that we are in or are joining; None for other rooms.

        It reads what other processes changed once for a transaction. For a room that another
        process is joining, it waits a little: only once the room is joined its events can be
        verified, and those that are pushed meanwhile come only once.

        Raises:
            StoreUnavailable: what other processes changed cannot be read now.
        """
        rules = self._rooms.find_rules(room_id)
        if rules is None and not self._is_up_to_date:
            # Another process may have joined the room a moment ago.
            await self._catch_up()
            self._is_up_to_date = True
            rules = self._rooms.find_rules(room_id)
        while rules is None and self._rooms.is_joining(room_id) and self._may_wait():
            await asyncio.sleep(LOOK_SECONDS)
            await self._catch_up()
            rules = self._rooms.find_rules(room_id)
        return rules

    def _may_wait(self) -> bool:
        now = asyncio.get_running_loop().time()
        if self._waits_until is None:
            self._waits_until = now + JOIN_WAITED_FOR_SECONDS
        return now < self._waits_until


class Transactions:
    """Processes transactions; the answer has the result for each PDU.

    A transaction that is sent again gets its first answer, whichever process receives it.
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
        catch_up: CatchUp = nothing_to_catch_up,
    ) -> None:
        self._catch_up = catch_up
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
            broadcasts.subscribe(Topic.ANSWERED, self._on_answered)

    async def receive(self, origin: str, txn_id: str, body: JsonObject) -> JsonObject:
        """Process a transaction; one that is sent again gets its first answer.

        Args:
            origin: the authenticated server that sends it.
            txn_id: from the path.
            body: the transaction.

        Returns:
            `{"pdus": {event ID: {}}}`, with an `error` for each PDU that was not accepted. A PDU
            whose event ID cannot be determined has no entry.

        Raises:
            BadJson: it is no transaction, or too large a one.
            StoreUnavailable: its content cannot be stored now; it must be sent again.
        """
        pdus = _listed(body, "pdus", MAX_PDUS)
        _listed(body, "edus", MAX_EDUS)
        if len(txn_id) > _MAX_TXN_ID_CHARS:
            raise BadJson("The transaction ID is too long.")
        answered = self._answers.get((origin, txn_id))
        if answered is not None:
            return answered
        results: dict[str, JsonObject] = {}
        rooms = _RoomsOfTransaction(self._rooms, self._catch_up)
        for index in range(len(pdus)):
            # One PDU takes some milliseconds; requests for signatures get a turn in between.
            await asyncio.sleep(0)
            event = pdus[index]
            if isinstance(event, dict):
                if isinstance(pdus, JsonItems):
                    await asyncio.sleep(0)  # it was read just now
                results.update(await self._result(origin, event, rooms))
        answer: JsonObject = {"pdus": results}
        self._answers[origin, txn_id] = answer
        if self._broadcasts is not None:
            answer_json = encode_canonical(answer).decode()
            if len(answer_json) <= MAX_SHARED_ANSWER_CHARS:
                self._broadcasts.publish(Topic.ANSWERED, origin, txn_id, answer_json)
        return answer

    def _on_answered(self, origin: str, txn_id: str, answer_json: str) -> None:
        self._answers[origin, txn_id] = parse_object(answer_json.encode()).value

    async def _result(
        self, origin: str, event: JsonObject, rooms: "_RoomsOfTransaction"
    ) -> dict[str, JsonObject]:
        try:
            event_id = await self._accept(origin, event, rooms)
        except StoreUnavailable:
            # The sender would take any answer as final, so it gets an error.
            raise
        except CountersignError as error:
            return {event_id: {"error": str(error)} for event_id in self._guess_event_id(event)}
        return {event_id: {}}

    async def _accept(self, origin: str, event: JsonObject, rooms: "_RoomsOfTransaction") -> str:
        """Verify one PDU completely, whatever its type, so that no forgery is acknowledged."""
        room_id = room_id_of(event)
        rules = await rooms.find_rules(room_id)
        if rules is None:
            raise NotProtected("This Policy Server is not in the room.")
        room = self._rooms.get(room_id)
        if room is not None and room.state.acl is not None and not room.state.acl.allows(origin):
            raise AclDenied(origin)
        pdu = parse_pdu(event, rules)
        is_known = room is not None and room.state.is_server_joined(pdu.sender_server)
        await check_signatures(pdu, self._key_ring, is_known=is_known)
        await self._check_authorised(pdu, room)
        # Before the event is applied: it may change what its sender may do.
        is_judgeable = room is not None and self._leaks.is_judgeable(pdu, room)
        await self._received.receive(pdu, origin)
        if room is not None:
            self._leaks.arrived(pdu, room, origin, is_judgeable=is_judgeable)
            for observe in self._on_arrived:
                observe(pdu)
        return pdu.event_id

    async def _check_authorised(self, pdu: Pdu, room: Room | None) -> None:
        # A join that the room's servers reject must not make the user a member in our view.
        server = find_authorising_server(pdu)
        if server is not None:
            is_known = room is not None and room.state.is_server_joined(server)
            await check_signed_by(pdu, server, self._key_ring, is_known=is_known)

    def _guess_event_id(self, event: JsonObject) -> Iterator[str]:
        """Yield the ID of a rejected PDU: exact if its room is known, otherwise the likely one."""
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
        rules = self._rooms.find_rules(room_id)
        # In room versions 4 to 11 nearly every event has the same ID.
        return rules or (V10 if ":" in room_id else V12)


def _listed(body: JsonObject, key: str, maximum: int) -> Sequence[Any]:
    items = body.get(key, [])
    if not is_list(items):
        raise BadJson(f"The transaction's {key} is not a list.")
    if len(items) > maximum:
        raise BadJson(f"The transaction has more than {maximum} {key}.")
    return items
