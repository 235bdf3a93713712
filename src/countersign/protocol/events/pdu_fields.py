"""Fields of a PDU, validated by room version."""

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

from countersign.protocol.canonical_json import (
    JsonObject,
)
from countersign.protocol.errors import BadJson, EventMalformed
from countersign.protocol.identifiers import is_event_id, is_short_enough
from countersign.protocol.room_versions import EventIdFormat, RoomVersionRules
from countersign.protocol.unpadded_base64 import decode

_HASH_EVENT_ID: Final = {
    EventIdFormat.HASH: re.compile(r"\A\$[A-Za-z0-9+/]{43}\Z"),
    EventIdFormat.HASH_URL_SAFE: re.compile(r"\A\$[A-Za-z0-9_-]{43}\Z"),
}

_SURELY_SHORT_CHARS: Final = 63
"""Characters that take at most 252 bytes in UTF-8."""


def read_string(event: JsonObject, key: str) -> str:
    """Return a required string."""
    value = event.get(key)
    if type(value) is not str:
        raise EventMalformed(f"The event's {key} is not a string.")
    if len(value) > _SURELY_SHORT_CHARS and not is_short_enough(value):
        raise EventMalformed(f"The event's {key} is longer than 255 bytes.")
    return value


def read_object(event: JsonObject, key: str) -> JsonObject:
    """Return a required object."""
    value = event.get(key)
    if type(value) is not dict:
        raise EventMalformed(f"The event's {key} is not an object.")
    return value


def read_integer(event: JsonObject, key: str, maximum: int) -> int:
    """Return a required integer from 0 to `maximum`."""
    value = event.get(key)
    if type(value) is not int or not 0 <= value <= maximum:
        raise EventMalformed(f"The event's {key} is not an integer from 0 to {maximum}.")
    return value


def read_event_ids(
    event: JsonObject, key: str, maximum: int, rules: RoomVersionRules
) -> tuple[str, ...]:
    """Return the event IDs of a required list of references."""
    references = event.get(key)
    if type(references) is not list:
        raise EventMalformed(f"The event's {key} is not a list.")
    if len(references) > maximum:
        raise EventMalformed(f"The event has more than {maximum} {key}.")
    if rules.sender_chooses_event_id:
        references = [referred_event_id(reference, key) for reference in references]
        are_event_ids = all(is_event_id_of(event_id, rules) for event_id in references)
    else:
        matches = _HASH_EVENT_ID[rules.event_id_format].match
        are_event_ids = True
        for event_id in references:
            if type(event_id) is not str or matches(event_id) is None:
                are_event_ids = False
    if not are_event_ids:
        raise EventMalformed(
            f"The event's {key} are not event IDs of room version {rules.identifier}."
        )
    return tuple(references)


def referred_event_id(reference: Any, key: str) -> Any:
    """Return the event ID in a `[event ID, {"sha256": hash}]` of rooms 1 and 2.

    Synapse leaves the hash out, `[event ID, {}]`; no homeserver checks it.
    """
    match reference:
        case [event_id, {"sha256": str()}]:
            return event_id
        case [event_id, dict() as hashes] if not hashes:
            return event_id
        case _:
            raise EventMalformed(f"The event's {key} are not pairs of event ID and hash.")


def is_event_id_of(event_id: Any, rules: RoomVersionRules) -> bool:
    """Return True for a valid event ID of the room version."""
    if type(event_id) is not str:
        return False
    if rules.sender_chooses_event_id:
        return ":" in event_id and is_event_id(event_id)
    return _HASH_EVENT_ID[rules.event_id_format].match(event_id) is not None


def content_hash_claim(event: JsonObject) -> str:
    """Return the event's claimed content hash (`hashes.sha256`), as written."""
    claim = read_object(event, "hashes").get("sha256")
    if type(claim) is not str:
        raise EventMalformed("The event's hashes have no sha256 that is a string.")
    return claim


def is_hash_of(claim: str, covered: bytes) -> bool:
    """Return True if a claimed hash is that of these bytes."""
    try:
        return decode(claim) == sha256(covered).digest()
    except BadJson:
        return False


def read_signatures(event: JsonObject) -> Mapping[str, Mapping[str, str]]:
    """Return the signatures by server and key ID."""
    signatures = read_object(event, "signatures")
    for by_key in signatures.values():
        texts = by_key.values() if type(by_key) is dict else (None,)
        for text in texts:
            if type(text) is not str:
                raise EventMalformed("The event's signatures are not strings by server and key.")
    return signatures
