"""Events as a homeserver would send them, hashed and signed, for any room version.

For tests of filters and of everything else that takes events. Nothing here is random: the same call
makes the same event.
"""

from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from typing import Any, Final

from countersign.protocol import unpadded_base64
from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.events.event_signatures import hash_and_sign_event
from countersign.protocol.events.hashes import event_id_of
from countersign.protocol.events.pdu import Pdu, parse_pdu
from countersign.protocol.keys.signing_keys import ServerSigningKey
from countersign.protocol.room_versions import (
    EventIdFormat,
    RoomVersionRules,
    get_room_version,
)

DEFAULT_ROOM_VERSION: Final = "11"
DEFAULT_TS: Final = 1_750_000_000_000
"""Time at which events happen unless a test says otherwise: 15 June 2025."""


@cache
def make_key(name: str, version: str = "paper") -> ServerSigningKey:
    """Return the server key that belongs to `name`, the same each time. Never for real use."""
    return ServerSigningKey(version, sha256(f"countersign paper key {name}".encode()).digest())


def make_room_id(room_version: str = DEFAULT_ROOM_VERSION, name: str = "room") -> str:
    """Return a room ID of the right kind: a hash in version 12, else on `example.org`."""
    if get_room_version(room_version).room_id_is_create_hash:
        return "!" + unpadded_base64.encode_url_safe(sha256(name.encode()).digest())
    return f"!{name}:example.org"


def make_event_id(room_version: str = DEFAULT_ROOM_VERSION, name: str = "event") -> str:
    """Return an event ID of the right kind, the same for the same name."""
    digest = sha256(name.encode()).digest()
    match get_room_version(room_version).event_id_format:
        case EventIdFormat.SENDER_CHOSEN:
            return f"${name}:example.org"
        case EventIdFormat.HASH:
            return "$" + unpadded_base64.encode(digest)
        case EventIdFormat.HASH_URL_SAFE:
            return "$" + unpadded_base64.encode_url_safe(digest)


def make_event(
    sender: str = "@alice:example.org",
    event_type: str = "m.room.message",
    content: JsonObject | None = None,
    *,
    signer: str | None = None,
    key: ServerSigningKey | None = None,
    room_version: str = DEFAULT_ROOM_VERSION,
    room_id: str | None = None,
    state_key: str | None = None,
    depth: int = 10,
    origin_server_ts: int = DEFAULT_TS,
    prev_events: Sequence[str] | None = None,
    auth_events: Sequence[str] | None = None,
    **others: Any,
) -> JsonObject:
    """Return an event with its content hash and a server's signature.

    A create event of room version 12 gets no `room_id`, and no event of that version names a create
    event among its `auth_events`.

    Args:
        sender: a user ID.
        event_type: such as `m.room.member`.
        content: a short text message by default, and nothing for other types.
        signer: the server name that signs; by default the sender's.
        key: the signing key; by default the one that `make_key` gives for the signer.
        room_version: "1" to "12".
        room_id: by default that of `make_room_id`.
        state_key: given, the event is a state event.
        depth: how far down the room's history.
        origin_server_ts: milliseconds since the epoch.
        prev_events: event IDs; by default one, none for a create event.
        auth_events: event IDs; by default three, none for a create event.
        others: further keys of the event, such as `unsigned`, `redacts` or `event_id` (which has a
            default in room versions 1 and 2).
    """
    rules = get_room_version(room_version)
    signer = signer or sender.partition(":")[2]
    is_create = event_type == "m.room.create"
    if content is None:
        is_message = event_type == "m.room.message"
        content = {"msgtype": "m.text", "body": "hello"} if is_message else {}
    event: JsonObject = {
        "type": event_type,
        "sender": sender,
        "content": content,
        "depth": depth,
        "origin_server_ts": origin_server_ts,
        "prev_events": _references(rules, prev_events, () if is_create else ("previous",)),
        "auth_events": _references(
            rules, auth_events, () if is_create else ("power levels", "join rules", "membership")
        ),
    }
    if not (is_create and rules.room_id_is_create_hash):
        event["room_id"] = make_room_id(room_version) if room_id is None else room_id
    if state_key is not None:
        event["state_key"] = state_key
    event |= others
    if rules.sender_chooses_event_id and "event_id" not in event:
        event["event_id"] = _chosen_event_id(event, sender.partition(":")[2])
    return hash_and_sign_event(event, rules, signer, key or make_key(signer))


def make_pdu(*args: Any, room_version: str = DEFAULT_ROOM_VERSION, **kwargs: Any) -> Pdu:
    """Return the event that `make_event` makes of the same arguments, as a validated PDU."""
    event = make_event(*args, room_version=room_version, **kwargs)
    return parse_pdu(event, get_room_version(room_version))


def event_id_in(event: JsonObject, room_version: str = DEFAULT_ROOM_VERSION) -> str:
    """Return the event ID of an event from `make_event`."""
    return event_id_of(event, get_room_version(room_version))


def _references(
    rules: RoomVersionRules, event_ids: Sequence[str] | None, default: Sequence[str]
) -> list[Any]:
    if event_ids is None:
        event_ids = [make_event_id(rules.identifier, name.replace(" ", "-")) for name in default]
    if not rules.sender_chooses_event_id:
        return list(event_ids)
    return [
        [event_id, {"sha256": unpadded_base64.encode(sha256(event_id.encode()).digest())}]
        for event_id in event_ids
    ]


def _chosen_event_id(event: JsonObject, server_name: str) -> str:
    digest = sha256(repr(sorted(event.items())).encode()).digest()
    return f"${unpadded_base64.encode_url_safe(digest)[:18]}:{server_name}"
