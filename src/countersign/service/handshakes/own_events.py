"""Signing of our own user's events: event ID for old room versions, hash, signature, validation."""

from countersign.protocol import unpadded_base64
from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.events.event_signatures import hash_and_sign_event
from countersign.protocol.events.hashes import content_hash
from countersign.protocol.events.pdu import Pdu, parse_pdu
from countersign.protocol.room_versions import RoomVersionRules
from countersign.service.identity import Identity


def sign_own_event(event: JsonObject, rules: RoomVersionRules, identity: Identity) -> Pdu:
    """Return an event of ours, signed with our server key.

    Args:
        event: the event without ID, hash and signature.
        rules: of its room's version.
        identity: our name and key.

    Raises:
        ProtocolError: it is no valid event of that room version.
    """
    if rules.sender_chooses_event_id:
        event = {**event, "event_id": _event_id(event, rules, identity.server_name)}
    signed = hash_and_sign_event(event, rules, identity.server_name, identity.server_key)
    return parse_pdu(signed, rules)


def _event_id(event: JsonObject, rules: RoomVersionRules, server_name: str) -> str:
    # Time and place in the graph make it unique, so the ID needs no randomness.
    return f"${unpadded_base64.encode_url_safe(content_hash(event, rules))}:{server_name}"
