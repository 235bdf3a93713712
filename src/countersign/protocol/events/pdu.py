"""An event as servers send it to each other (a PDU): its shape by room version, checked once.

What other servers will refuse for its shape is refused here, so that a `Pdu` is safe to work on:
the types are right, the sizes bounded, the event ID and the bytes to sign are our own.

Spec: https://spec.matrix.org/v1.18/server-server-api/#pdus and the page of each room version
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from countersign.protocol.canonical_json import (
    MAX_SAFE_INTEGER,
    JsonObject,
    encode_canonical,
    is_strict,
)
from countersign.protocol.errors import BadJson, EventMalformed
from countersign.protocol.events.hashes import (
    content_bytes,
    event_id_from_hash,
    reference_hash,
    signed_bytes,
)
from countersign.protocol.identifiers import is_event_id, is_room_id, is_short_enough, is_user_id
from countersign.protocol.room_versions import V12, EventIdFormat, RoomVersionRules
from countersign.protocol.unpadded_base64 import decode, encode_url_safe

MAX_EVENT_BYTES: Final = 65_536
"""The largest event, as canonical JSON with its signatures.

Spec: https://spec.matrix.org/v1.18/client-server-api/#size-limits
"""

MAX_PREV_EVENTS: Final = 20
MAX_AUTH_EVENTS: Final = 10

_MAX_INT64: Final = 2**63 - 1
_HASH_EVENT_ID: Final = {
    EventIdFormat.HASH: re.compile(r"\A\$[A-Za-z0-9+/]{43}\Z"),
    EventIdFormat.HASH_URL_SAFE: re.compile(r"\A\$[A-Za-z0-9_-]{43}\Z"),
}
_CREATE_HASH_ROOM_ID: Final = re.compile(r"\A![A-Za-z0-9_-]{43}\Z")


@dataclass(frozen=True, slots=True, eq=False)
class Pdu:
    """An event whose shape is right for its room version; nothing is said of its signatures.

    Attributes:
        rules: the version of the room that it was parsed for.
        json: the event as received, with `signatures` and `hashes`, but not with `unsigned`, which
            may be of any length and nobody vouches for. Not to be changed.
        signed_bytes: the redacted event without signatures, as canonical JSON; what servers sign.
        digest: the SHA-256 of `signed_bytes`, 32 bytes; since room version 3 also the event ID.
        event_id: our own reckoning, except in rooms 1 and 2 where the sender chooses it.
        room_id: byte for byte as received; for `m.room.create` of room version 12 our reckoning.
        state_key: None if the event is not a state event.
        origin_server_ts: milliseconds since the epoch, by the sender's clock.
        auth_events: event IDs, without the hashes that rooms 1 and 2 carry.
        prev_events: event IDs likewise.
        signatures: server name -> key ID -> unpadded base64, unchecked.
        size_bytes: size as canonical JSON with signatures, without `unsigned`.
        has_intact_content: the content hash is right, so this is all that the sender wrote. Without
            it the event is an altered or redacted copy.
    """

    rules: RoomVersionRules
    json: JsonObject
    signed_bytes: bytes
    digest: bytes
    event_id: str
    room_id: str
    type: str
    sender: str
    state_key: str | None
    content: JsonObject
    origin_server_ts: int
    depth: int
    auth_events: tuple[str, ...]
    prev_events: tuple[str, ...]
    signatures: Mapping[str, Mapping[str, str]]
    size_bytes: int
    has_intact_content: bool

    @property
    def sender_server(self) -> str:
        """The server name of the sender."""
        return self.sender.partition(":")[2]

    @property
    def redacts(self) -> str | None:
        """The ID of the event that an `m.room.redaction` redacts; None if it names none."""
        found = (self.content if self.rules.redacts_in_content else self.json).get("redacts")
        return found if isinstance(found, str) else None

    @property
    def is_state(self) -> bool:
        """The event replaces a piece of the room's state."""
        return self.state_key is not None


def parse_pdu(
    event: JsonObject, rules: RoomVersionRules, *, is_strict_json: bool | None = None
) -> Pdu:
    """Check the shape of an event and reckon its event ID and the bytes to sign.

    Args:
        event: the event as read by `parse_json`. It must not be changed afterwards.
        rules: the version of the event's room; never taken from a request.
        is_strict_json: what `ParsedJson` said of the text that `event` stood in, if that is at
            hand; None looks at each number again.

    Raises:
        EventMalformed: the room version does not allow an event of this shape or size.
    """
    if rules.strict_json and not (is_strict(event) if is_strict_json is None else is_strict_json):
        raise EventMalformed(
            f"Room version {rules.identifier} allows no numbers but integers within ±(2^53-1)."
        )
    try:
        return _parse_pdu(event, rules)
    except EventMalformed:
        raise
    except BadJson as error:
        raise EventMalformed(str(error)) from error


def room_id_of(event: JsonObject) -> str:
    """Return the ID of the room that an event belongs to, before the room's version is known.

    A create event without `room_id` is taken for one of room version 12, whose room ID is its hash.

    Raises:
        BadJson: the event names no room.
    """
    if event.get("type") == "m.room.create" and "room_id" not in event:
        return "!" + encode_url_safe(reference_hash(event, V12))
    room_id = event.get("room_id")
    if type(room_id) is not str or not is_room_id(room_id):
        raise EventMalformed("The event's room_id is not a room ID.")
    return room_id


def event_size_bytes(event: JsonObject, rules: RoomVersionRules) -> int:
    """Return the event's size as canonical JSON, with its signatures.

    `unsigned` does not count: every server keeps its own.

    Raises:
        BadJson: the event cannot be written as canonical JSON of its room version.
    """
    sized = {key: value for key, value in event.items() if key != "unsigned"}
    return len(encode_canonical(sized, strict=rules.strict_json))


def _parse_pdu(event: JsonObject, rules: RoomVersionRules) -> Pdu:
    event_type = _string(event, "type")
    sender = _string(event, "sender")
    if not is_user_id(sender):
        raise EventMalformed("The event's sender is not a user ID.")
    state_key = _string(event, "state_key") if "state_key" in event else None
    content = _object(event, "content")
    origin_server_ts = _integer(event, "origin_server_ts", _MAX_INT64)
    depth = _integer(event, "depth", MAX_SAFE_INTEGER if rules.strict_json else _MAX_INT64)
    prev_events = _event_ids(event, "prev_events", MAX_PREV_EVENTS, rules)
    auth_events = _event_ids(event, "auth_events", MAX_AUTH_EVENTS, rules)
    claimed_hash = _content_hash_claim(event)
    signatures = _signatures(event)
    if event_type == "m.room.redaction" and not rules.redacts_in_content:
        _check_redacts(event)
    _check_room_id(event, event_type, auth_events, rules)
    _check_event_id(event, rules)

    # Only now is anything hashed: each text is written once, and serves all that needs it.
    covered = content_bytes(event, rules)
    size_bytes = _size_bytes(covered, event, rules)
    if size_bytes > MAX_EVENT_BYTES:
        raise EventMalformed(f"The event is larger than {MAX_EVENT_BYTES} bytes.")
    signed = signed_bytes(event, rules)
    digest = sha256(signed).digest()
    event_id = (
        event["event_id"] if rules.sender_chooses_event_id else event_id_from_hash(digest, rules)
    )
    return Pdu(
        rules=rules,
        json=event if "unsigned" not in event else _without_unsigned(event),
        signed_bytes=signed,
        digest=digest,
        event_id=event_id,
        room_id=event["room_id"] if "room_id" in event else "!" + event_id[1:],
        type=event_type,
        sender=sender,
        state_key=state_key,
        content=content,
        origin_server_ts=origin_server_ts,
        depth=depth,
        auth_events=auth_events,
        prev_events=prev_events,
        signatures=signatures,
        size_bytes=size_bytes,
        has_intact_content=_is_hash_of(claimed_hash, covered),
    )


def _without_unsigned(event: JsonObject) -> JsonObject:
    return {key: value for key, value in event.items() if key != "unsigned"}


def _string(event: JsonObject, key: str) -> str:
    value = event.get(key)
    if type(value) is not str:
        raise EventMalformed(f"The event's {key} is not a string.")
    if not is_short_enough(value):
        raise EventMalformed(f"The event's {key} is longer than 255 bytes.")
    return value


def _object(event: JsonObject, key: str) -> JsonObject:
    value = event.get(key)
    if type(value) is not dict:
        raise EventMalformed(f"The event's {key} is not an object.")
    return value


def _integer(event: JsonObject, key: str, maximum: int) -> int:
    value = event.get(key)
    if type(value) is not int or not 0 <= value <= maximum:
        raise EventMalformed(f"The event's {key} is not an integer from 0 to {maximum}.")
    return value


def _event_ids(
    event: JsonObject, key: str, maximum: int, rules: RoomVersionRules
) -> tuple[str, ...]:
    references = event.get(key)
    if type(references) is not list:
        raise EventMalformed(f"The event's {key} is not a list.")
    if len(references) > maximum:
        raise EventMalformed(f"The event has more than {maximum} {key}.")
    if rules.sender_chooses_event_id:
        references = [_referred_event_id(reference, key) for reference in references]
    for event_id in references:
        if not _is_event_id(event_id, rules):
            raise EventMalformed(
                f"The event's {key} are not event IDs of room version {rules.identifier}."
            )
    return tuple(references)


def _referred_event_id(reference: Any, key: str) -> Any:
    """Return the event ID in a `[event ID, {"sha256": hash}]` of rooms 1 and 2.

    Synapse leaves the hash out, `[event ID, {}]`; no homeserver looks at it.
    """
    match reference:
        case [event_id, {"sha256": str()}]:
            return event_id
        case [event_id, dict() as hashes] if not hashes:
            return event_id
        case _:
            raise EventMalformed(f"The event's {key} are not pairs of event ID and hash.")


def _is_event_id(event_id: Any, rules: RoomVersionRules) -> bool:
    if type(event_id) is not str:
        return False
    if rules.sender_chooses_event_id:
        return ":" in event_id and is_event_id(event_id)
    return _HASH_EVENT_ID[rules.event_id_format].match(event_id) is not None


def _content_hash_claim(event: JsonObject) -> str:
    claim = _object(event, "hashes").get("sha256")
    if type(claim) is not str:
        raise EventMalformed("The event's hashes have no sha256 that is a string.")
    return claim


def _is_hash_of(claim: str, covered: bytes) -> bool:
    try:
        return decode(claim) == sha256(covered).digest()
    except BadJson:
        return False


def _signatures(event: JsonObject) -> Mapping[str, Mapping[str, str]]:
    signatures = _object(event, "signatures")
    for by_key in signatures.values():
        if type(by_key) is not dict or any(type(text) is not str for text in by_key.values()):
            raise EventMalformed("The event's signatures are not strings by server and key.")
    return signatures


def _check_redacts(event: JsonObject) -> None:
    if "redacts" in event and type(event["redacts"]) is not str:
        raise EventMalformed("The event's redacts is not a string.")


def _check_room_id(
    event: JsonObject, event_type: str, auth_events: tuple[str, ...], rules: RoomVersionRules
) -> None:
    if not rules.room_id_is_create_hash:
        room_id = _string(event, "room_id")
        if ":" not in room_id or not is_room_id(room_id):
            raise EventMalformed("The event's room_id is not a room ID with a domain.")
        return
    if event_type == "m.room.create":
        if "room_id" in event:
            raise EventMalformed("A create event carries no room_id in this room version.")
        return
    room_id = _string(event, "room_id")
    if not _CREATE_HASH_ROOM_ID.match(room_id):
        raise EventMalformed("The event's room_id is not the hash of a create event.")
    if "$" + room_id[1:] in auth_events:
        raise EventMalformed("The event's auth_events name the create event.")


def _check_event_id(event: JsonObject, rules: RoomVersionRules) -> None:
    if rules.sender_chooses_event_id:
        if not _is_event_id(event.get("event_id"), rules):
            raise EventMalformed("The event's event_id is not an event ID with a domain.")
    elif "event_id" in event:
        raise EventMalformed(f"Events of room version {rules.identifier} carry no event_id.")


def _size_bytes(covered: bytes, event: JsonObject, rules: RoomVersionRules) -> int:
    """Return what `event_size_bytes` does, from what is written already."""
    rest = {"hashes": event["hashes"], "signatures": event["signatures"]}
    # Two objects made into one: a brace of each goes, and a comma comes.
    return len(covered) + len(encode_canonical(rest, strict=rules.strict_json)) - 1
