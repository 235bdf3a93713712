"""Conversion of an event in the client format into the federation format, to judge saved events."""

from typing import Final

from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.room_versions import EventIdFormat, RoomVersionRules

FEDERATION_FIELDS: Final = ("auth_events", "depth", "hashes", "prev_events", "signatures")


def is_client_format(event: JsonObject) -> bool:
    """Return True if `event` lacks fields of the federation format, so it comes from a client.

    Some clients and tools include some of them, such as `depth` and `prev_events`.
    """
    return not all(name in event for name in FEDERATION_FIELDS)


def to_federation_format(event: JsonObject, rules: RoomVersionRules) -> JsonObject:
    """Return `event` with placeholders for the fields that it lacks; its hash is not right.

    The event ID is removed, unless the sender chooses it in the room version.
    """
    hidden: JsonObject = {"auth_events": [], "prev_events": [], "depth": 1, "signatures": {}}
    if rules.event_id_format is EventIdFormat.SENDER_CHOSEN:
        hidden["event_id"] = "$event:example.org"
    pdu = dict(event)
    if rules.event_id_format is not EventIdFormat.SENDER_CHOSEN:
        pdu.pop("event_id", None)
    return {**hidden, "hashes": {"sha256": "A" * 43}, **pdu}
