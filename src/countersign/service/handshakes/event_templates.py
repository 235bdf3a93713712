"""Templates of our events from resident servers, which contain their place in the graph."""

from typing import Any, Literal

from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.room_versions import RoomVersionRules
from countersign.service.handshakes.resident_calls import AnswerUntrustworthy

OwnMembership = Literal["join", "leave"]


def template_of(
    answer: JsonObject, room_id: str, user_id: str, membership: OwnMembership
) -> tuple[JsonObject, JsonObject]:
    """Return the template and its content, after checking that it is for the event we asked for.

    Raises:
        AnswerUntrustworthy: it is for another event.
    """
    event = answer.get("event")
    if not isinstance(event, dict):
        raise AnswerUntrustworthy("its template is not a JSON object")
    content = event.get("content")
    if not isinstance(content, dict):
        raise AnswerUntrustworthy("its template has no content")
    # A template for any other event is an attempt to make us sign something else.
    for value, key, expected in (
        (event.get("type"), "type", "m.room.member"),
        (event.get("room_id"), "room_id", room_id),
        (event.get("sender"), "sender", user_id),
        (event.get("state_key"), "state_key", user_id),
        (content.get("membership"), "membership", membership),
    ):
        if value != expected:
            raise AnswerUntrustworthy(f"its template has another {key} than we asked for")
    return event, content


def references(event: JsonObject, key: str, rules: RoomVersionRules) -> list[Any]:
    """Copy a template's references to other events, in the format of the room version.

    Raises:
        AnswerUntrustworthy: they have another format.
    """
    listed = event.get(key)
    if not isinstance(listed, list):
        raise AnswerUntrustworthy(f"its template's {key} is not a list")
    if rules.sender_chooses_event_id:
        return [_hashed_reference(reference, key) for reference in listed]
    return list(listed)


def _hashed_reference(reference: Any, key: str) -> list[Any]:
    """Copy a reference of room versions 1 and 2, `[event ID, {"sha256": hash}]`, and no more.

    Synapse leaves the hash out.
    """
    match reference:
        case [str(event_id), {"sha256": str(sha256)}]:
            return [event_id, {"sha256": sha256}]
        case [str(event_id), dict() as hashes] if not hashes:
            return [event_id, {}]
    raise AnswerUntrustworthy(f"its template's {key} are not pairs of event ID and hash")
