"""Redactions by our user: built here from nothing but a place in the graph."""

from typing import TYPE_CHECKING, Any, Final

from countersign.policy.languages.sentences import in_any_language
from countersign.policy.languages.tags import ENGLISH
from countersign.protocol.errors import ProtocolError
from countersign.protocol.events.pdu import Pdu
from countersign.service.handshakes.own_events import sign_own_event
from countersign.service.handshakes.resident_calls import AnswerUntrustworthy
from countersign.service.identity import Identity
from countersign.service.rooms.forward_extremities import GraphPosition, auth_event_ids
from countersign.service.rooms.room import Room

if TYPE_CHECKING:
    from countersign.protocol.canonical_json import JsonObject

REDACTION: Final = "m.room.redaction"
REASON: Final = "Refused by this room's policy server"


def build_redaction(
    redacts: str,
    *,
    room: Room,
    place: GraphPosition,
    identity: Identity,
    origin_server_ts: int,
    language: str = ENGLISH,
) -> Pdu:
    """Return our redaction of an event, hashed and signed with the server key.

    Args:
        redacts: the ID of the event to redact.
        room: its room; what entitles us comes from its state as we follow it.
        place: where the redaction goes.
        identity: our user and key.
        origin_server_ts: now, in ms since the epoch.
        language: of the reason, which the room shows.

    Raises:
        AnswerUntrustworthy: no valid event follows from this place.

    Spec: https://spec.matrix.org/v1.18/client-server-api/#mroomredaction
    """
    rules = room.rules
    content: JsonObject = {"reason": in_any_language(REASON, language)}
    event: JsonObject = {
        "type": REDACTION,
        "room_id": room.room_id,
        "sender": identity.user_id,
        "content": content,
        "origin_server_ts": origin_server_ts,
        "auth_events": _auth_events(room, place, identity.user_id),
        "prev_events": list(place.prev_events),
        "depth": place.depth,
    }
    (content if rules.redacts_in_content else event)["redacts"] = redacts
    try:
        return sign_own_event(event, rules, identity)
    except ProtocolError as error:
        raise AnswerUntrustworthy(f"no valid redaction can be made: {error}") from error


def _auth_events(room: Room, place: GraphPosition, user_id: str) -> list[Any]:
    ids = auth_event_ids(room, user_id)
    if not room.rules.sender_chooses_event_id:
        return list(ids)
    missing = [event_id for event_id in ids if event_id not in place.auth_hashes]
    if missing:
        raise AnswerUntrustworthy(
            f"the room's servers let our user in by other events than we know; they do not "
            f"name {missing[0]}"
        )
    return [[event_id, place.auth_hashes[event_id]] for event_id in ids]
