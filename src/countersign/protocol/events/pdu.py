"""PDUs: events as servers exchange them, validated by room version.

An event of a shape that other servers refuse is refused here. So the fields of a `Pdu` have their
types and size limits, and its event ID and signed bytes were computed here.

Spec: https://spec.matrix.org/v1.18/server-server-api/#pdus and the page of each room version
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

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
from countersign.protocol.events.pdu_fields import (
    content_hash_claim,
    is_event_id_of,
    is_hash_of,
    read_event_ids,
    read_integer,
    read_object,
    read_signatures,
    read_string,
)
from countersign.protocol.identifiers import is_room_id, is_user_id
from countersign.protocol.room_versions import V12, RoomVersionRules
from countersign.protocol.unpadded_base64 import encode_url_safe

MAX_EVENT_BYTES: Final = 65_536
"""The largest event, as canonical JSON with its signatures.

Spec: https://spec.matrix.org/v1.18/client-server-api/#size-limits
"""

MAX_PREV_EVENTS: Final = 20
MAX_AUTH_EVENTS: Final = 10

_MAX_INT64: Final = 2**63 - 1
_CREATE_HASH_ROOM_ID: Final = re.compile(r"\A![A-Za-z0-9_-]{43}\Z")


@dataclass(frozen=True, slots=True, eq=False)
class Pdu:
    """An event with the right shape for its room version; its signatures are not verified.

    Attributes:
        rules: the version of the room that it was parsed for.
        json: the event as received, with `signatures` and `hashes`, but not with `unsigned`, which
            may be of any length and is not signed. Not to be changed.
        signed_bytes: the redacted event without signatures, as canonical JSON; what servers sign.
        digest: the SHA-256 of `signed_bytes`, 32 bytes; since room version 3 also the event ID.
        event_id: computed here, except in rooms 1 and 2, where the sender chooses it.
        room_id: as received; of `m.room.create` in room version 12 computed here.
        sender_server: the server name of the sender.
        state_key: None if the event is not a state event.
        origin_server_ts: milliseconds since the epoch, by the sender's clock.
        auth_events: event IDs, without the hashes that rooms 1 and 2 carry.
        prev_events: event IDs likewise.
        signatures: server name -> key ID -> unpadded base64, unchecked.
        size_bytes: size as canonical JSON with signatures, without `unsigned`.
        has_intact_content: the content hash is right, so this is the sender's full event, and not
            an altered or redacted copy.
    """

    rules: RoomVersionRules
    json: JsonObject
    signed_bytes: bytes
    digest: bytes
    event_id: str
    room_id: str
    type: str
    sender: str
    sender_server: str
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
    def redacts(self) -> str | None:
        """The ID of the event that an `m.room.redaction` redacts; None if it names none."""
        value = (self.content if self.rules.redacts_in_content else self.json).get("redacts")
        return value if isinstance(value, str) else None

    @property
    def is_state(self) -> bool:
        """True for a state event."""
        return self.state_key is not None


def parse_pdu(
    event: JsonObject, rules: RoomVersionRules, *, is_strict_json: bool | None = None
) -> Pdu:
    """Validate an event; compute its event ID and the bytes to sign.

    Args:
        event: the event as read by `parse_json`. It must not be changed afterwards.
        rules: the version of the event's room; never taken from a request.
        is_strict_json: `ParsedJson.is_strict` of the text, if known; None checks each number again.

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

    `unsigned` does not count, because each server has its own.

    Raises:
        BadJson: the event cannot be written as canonical JSON of its room version.
    """
    sized = {key: value for key, value in event.items() if key != "unsigned"}
    return len(encode_canonical(sized, strict=rules.strict_json))


def _parse_pdu(event: JsonObject, rules: RoomVersionRules) -> Pdu:
    event_type = read_string(event, "type")
    sender = read_string(event, "sender")
    if not is_user_id(sender):
        raise EventMalformed("The event's sender is not a user ID.")
    state_key = read_string(event, "state_key") if "state_key" in event else None
    content = read_object(event, "content")
    origin_server_ts = read_integer(event, "origin_server_ts", _MAX_INT64)
    depth = read_integer(event, "depth", MAX_SAFE_INTEGER if rules.strict_json else _MAX_INT64)
    prev_events = read_event_ids(event, "prev_events", MAX_PREV_EVENTS, rules)
    auth_events = read_event_ids(event, "auth_events", MAX_AUTH_EVENTS, rules)
    claimed_hash = content_hash_claim(event)
    signatures = read_signatures(event)
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
        sender_server=sender.partition(":")[2],
        state_key=state_key,
        content=content,
        origin_server_ts=origin_server_ts,
        depth=depth,
        auth_events=auth_events,
        prev_events=prev_events,
        signatures=signatures,
        size_bytes=size_bytes,
        has_intact_content=is_hash_of(claimed_hash, covered),
    )


def _without_unsigned(event: JsonObject) -> JsonObject:
    return {key: value for key, value in event.items() if key != "unsigned"}


def _check_redacts(event: JsonObject) -> None:
    if "redacts" in event and type(event["redacts"]) is not str:
        raise EventMalformed("The event's redacts is not a string.")


def _check_room_id(
    event: JsonObject, event_type: str, auth_events: tuple[str, ...], rules: RoomVersionRules
) -> None:
    if not rules.room_id_is_create_hash:
        room_id = read_string(event, "room_id")
        if ":" not in room_id or not is_room_id(room_id):
            raise EventMalformed("The event's room_id is not a room ID with a domain.")
        return
    if event_type == "m.room.create":
        if "room_id" in event:
            raise EventMalformed("A create event carries no room_id in this room version.")
        return
    room_id = read_string(event, "room_id")
    if not _CREATE_HASH_ROOM_ID.match(room_id):
        raise EventMalformed("The event's room_id is not the hash of a create event.")
    if "$" + room_id[1:] in auth_events:
        raise EventMalformed("The event's auth_events name the create event.")


def _check_event_id(event: JsonObject, rules: RoomVersionRules) -> None:
    if rules.sender_chooses_event_id:
        if not is_event_id_of(event.get("event_id"), rules):
            raise EventMalformed("The event's event_id is not an event ID with a domain.")
    elif "event_id" in event:
        raise EventMalformed(f"Events of room version {rules.identifier} carry no event_id.")


def _size_bytes(covered: bytes, event: JsonObject, rules: RoomVersionRules) -> int:
    """Return the result of `event_size_bytes`, computed from an encoding that exists."""
    rest = {"hashes": event["hashes"], "signatures": event["signatures"]}
    # Two objects made into one: a brace of each goes, and a comma comes.
    return len(covered) + len(encode_canonical(rest, strict=rules.strict_json)) - 1
