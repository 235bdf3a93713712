"""Construction of our user's events; only their place in the graph comes from other servers."""

from dataclasses import dataclass
from typing import Any, Final

from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.errors import ProtocolError
from countersign.protocol.events.pdu import Pdu
from countersign.service.handshakes.own_events import sign_own_event
from countersign.service.handshakes.resident_calls import AnswerUntrustworthy
from countersign.service.identity import Identity
from countersign.service.rooms.forward_extremities import GraphPosition, auth_event_ids
from countersign.service.rooms.room import Room

REDACTION: Final = "m.room.redaction"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An event that our user is to send.

    Attributes:
        key: identifies the reason of the event, 32 bytes; there is at most one event for each key,
            also after a restart.
        type: its type.
        content: its content, without `redacts`.
        state_key: the state key of a state event; None for a message.
        redacts: the ID of the event that it redacts; None if it redacts none.
    """

    key: bytes
    type: str
    content: JsonObject
    state_key: str | None = None
    redacts: str | None = None


def build_own_event(
    draft: Draft,
    *,
    room: Room,
    position: GraphPosition,
    identity: Identity,
    origin_server_ts: int,
) -> Pdu:
    """Return an event of ours, hashed and signed with the server key.

    Args:
        draft: the event's type and content.
        room: its room, whose state provides the auth events.
        position: the event's place in the graph.
        identity: our user and key.
        origin_server_ts: now, in ms since the epoch.

    Raises:
        AnswerUntrustworthy: the event would be invalid at this place.

    Spec: https://spec.matrix.org/v1.18/server-server-api/#pdus
    """
    rules = room.rules
    content = dict(draft.content)
    event: JsonObject = {
        "type": draft.type,
        "room_id": room.room_id,
        "sender": identity.user_id,
        "content": content,
        "origin_server_ts": origin_server_ts,
        "auth_events": _auth_events(room, position, identity.user_id),
        "prev_events": list(position.prev_events),
        "depth": position.depth,
    }
    if draft.state_key is not None:
        event["state_key"] = draft.state_key
    if draft.redacts is not None:
        (content if rules.redacts_in_content else event)["redacts"] = draft.redacts
    try:
        return sign_own_event(event, rules, identity)
    except ProtocolError as error:
        raise AnswerUntrustworthy(f"no valid event of ours can be made: {error}") from error


def _auth_events(room: Room, position: GraphPosition, user_id: str) -> list[Any]:
    ids = auth_event_ids(room, user_id)
    if not room.rules.sender_chooses_event_id:
        return list(ids)
    missing = [event_id for event_id in ids if event_id not in position.auth_hashes]
    if missing:
        raise AnswerUntrustworthy(
            f"the room's servers let our user in by other events than we know; they do not "
            f"name {missing[0]}"
        )
    return [[event_id, position.auth_hashes[event_id]] for event_id in ids]
