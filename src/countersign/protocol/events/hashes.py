"""Hashes of an event: the content hash of the whole, and the reference hash of its redaction."""

from functools import lru_cache
from hashlib import sha256

from countersign.protocol.canonical_json import JsonObject, encode_canonical
from countersign.protocol.errors import EventMalformed
from countersign.protocol.events.redaction import redact
from countersign.protocol.room_versions import EventIdFormat, RoomVersionRules
from countersign.protocol.unpadded_base64 import encode, encode_url_safe


def content_bytes(event: JsonObject, rules: RoomVersionRules) -> bytes:
    """Return the canonical JSON that the content hash covers.

    Raises:
        BadJson: the event cannot be written as canonical JSON of its room version.
    """
    covered = dict(event)
    for key in ("unsigned", "signatures", "hashes"):
        covered.pop(key, None)
    return encode_canonical(covered, strict=rules.strict_json)


def content_hash(event: JsonObject, rules: RoomVersionRules) -> bytes:
    """Return the content hash, a SHA-256 of 32 bytes.

    Only this hash covers the content: signatures and event IDs cover the redacted event, which
    includes `hashes`.

    Raises:
        BadJson: the event cannot be written as canonical JSON of its room version.

    Spec:
        https://spec.matrix.org/v1.18/server-server-api/#calculating-the-content-hash-for-an-event
    """
    return sha256(content_bytes(event, rules)).digest()


def signed_bytes(event: JsonObject, rules: RoomVersionRules) -> bytes:
    """Return the bytes that servers sign: the redacted event without `signatures`.

    Raises:
        BadJson: the event cannot be written as canonical JSON of its room version.

    Spec:
        https://spec.matrix.org/v1.18/server-server-api/#signing-events
    """
    redacted = redact(event, rules)
    redacted.pop("signatures", None)
    return encode_canonical(redacted, strict=rules.strict_json)


def reference_hash(event: JsonObject, rules: RoomVersionRules) -> bytes:
    """Return the reference hash, a SHA-256 of 32 bytes, of which event IDs are made.

    Raises:
        BadJson: the event cannot be written as canonical JSON of its room version.

    Spec:
        https://spec.matrix.org/v1.18/server-server-api/#calculating-the-reference-hash-for-an-event
    """
    return sha256(signed_bytes(event, rules)).digest()


def event_id_of(event: JsonObject, rules: RoomVersionRules) -> str:
    """Return the event ID: the sender's choice in rooms 1 and 2, else made of the reference hash.

    Raises:
        BadJson: the event cannot be written as canonical JSON of its room version, or has no
            `event_id` although its room version wants one.
    """
    if rules.sender_chooses_event_id:
        event_id = event.get("event_id")
        if type(event_id) is not str:
            raise EventMalformed("The event's event_id is not a string.")
        return event_id
    return event_id_from_hash(reference_hash(event, rules), rules)


def event_id_from_hash(digest: bytes, rules: RoomVersionRules) -> str:
    """Return the event ID that a reference hash makes; not for rooms 1 and 2."""
    if rules.event_id_format is EventIdFormat.HASH:
        return "$" + encode(digest)
    return url_safe_event_id(digest)


# A new event's is asked for when it is read, and again when its decision is stored.
@lru_cache(maxsize=128)
def url_safe_event_id(digest: bytes) -> str:
    """Return the event ID that a reference hash makes in room versions 4 and up."""
    return "$" + encode_url_safe(digest)
