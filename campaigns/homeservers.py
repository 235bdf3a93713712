"""Simulated homeservers and rooms, made with other projects' code and put into a server's stores.

The names are loopback addresses: a server that wants to look for them finds nothing, and asks no
resolver on the way.
"""

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any

from tests.blackbox import oracle

from countersign.ports.stores.rooms import StoredRoom
from countersign.protocol.rooms.room_state import StateEvent

DAY_MS = 24 * 3600 * 1000
SIGN_PATH = "/_matrix/policy/v1/sign"


class Homeserver:
    """Another server of the federation: a name and a key that follows from it."""

    def __init__(self, server_name: str) -> None:
        self.server_name = server_name
        self.key = oracle.Key(server_name)

    @cached_property
    def public_keys(self) -> dict[str, str]:
        """Its published keys in base64, by key ID."""
        return {self.key.key_id: self.key.public}

    def user(self, localpart: str = "alice") -> str:
        return f"@{localpart}:{self.server_name}"

    def key_document(self, now_ts: int) -> bytes:
        document = {
            "server_name": self.server_name,
            "valid_until_ts": now_ts + 7 * DAY_MS,
            "verify_keys": {key_id: {"key": key} for key_id, key in self.public_keys.items()},
            "old_verify_keys": {},
        }
        return oracle.canonical(self.key.sign(document, self.server_name))

    def authorization(
        self,
        destination: str,
        content: bytes,
        *,
        method: str = "POST",
        uri: str = SIGN_PATH,
        origin: str | None = None,
        signed_for: str | None = None,
    ) -> str:
        """Return the X-Matrix header of a request.

        Args:
            destination: the asked server, as the header says.
            content: the body as canonical JSON.
            method: such as `POST`.
            uri: the request's target.
            origin: the asking server, as the header says; by default this one.
            signed_for: the asked server that is signed, if another than the header's.
        """
        origin = origin or self.server_name
        rest = {
            "destination": signed_for or destination,
            "method": method,
            "origin": origin,
            "uri": uri,
        }
        signed = b'{"content":' + content + b"," + oracle.canonical(rest)[1:]
        signature = oracle.encode_base64(self.key.signing_key.sign(signed).signature)
        return (
            f'X-Matrix origin="{origin}",destination="{destination}",'
            f'key="{self.key.key_id}",sig="{signature}"'
        )


def make_homeservers(count: int, network: str = "127.90") -> list[Homeserver]:
    """Return homeservers with a loopback address each, the same every time."""
    return [Homeserver(f"{network}.{n // 250}.{n % 250 + 1}:8448") for n in range(count)]


@dataclass(frozen=True)
class Room:
    """A room that the server under test is in, with a user of each of the homeservers."""

    version: str
    room_id: str
    homeservers: Sequence[Homeserver]
    denied: Sequence[str] = ()

    def stored(self, our_user: str, now_ts: int) -> StoredRoom:
        """Return the room as the server keeps it."""
        creator = self.homeservers[0].user()
        denied_hosts = [name.partition(":")[0] for name in self.denied]
        contents: list[tuple[str, str, str, Mapping[str, Any]]] = [
            ("m.room.create", "", creator, {"room_version": self.version}),
            ("m.room.member", our_user, our_user, {"membership": "join"}),
            ("m.room.server_acl", "", creator, {"allow": ["*"], "deny": denied_hosts}),
        ]
        if self.version != "12":
            contents.append(("m.room.power_levels", "", creator, {"users": {creator: 100}}))
        for homeserver in self.homeservers:
            user = homeserver.user()
            contents.append(("m.room.member", user, user, {"membership": "join"}))
        state = (
            StateEvent(event_type, state_key, sender, dict(content), f"${depth}", depth, now_ts)
            for depth, (event_type, state_key, sender, content) in enumerate(contents, 1)
        )
        return StoredRoom(
            room_id=self.room_id,
            room_version=self.version,
            membership="joined",
            via=(),
            joined_ts=now_ts,
            state=tuple(state),
            note="",
        )


def make_room(
    version: str, homeservers: Sequence[Homeserver], name: str = "room", denied: Sequence[str] = ()
) -> Room:
    """Return a room whose ID follows from version and name."""
    room_id = f"!{name}-v{version}:{homeservers[0].server_name}"
    if version == "12":
        room_id = "!" + _hash(name)
    return Room(version, room_id, homeservers, denied)


def make_event(
    room: Room,
    homeserver: Homeserver,
    number: int,
    event_type: str = "m.room.message",
    content: Mapping[str, Any] | None = None,
    **fields: Any,
) -> dict[str, Any]:
    """Return an event without hash and signature, another one for each number."""
    if content is None:
        content = {"msgtype": "m.text", "body": f"hello number {number}"}
    event = {
        "type": event_type,
        "room_id": room.room_id,
        "sender": homeserver.user(),
        "content": dict(content),
        "origin_server_ts": 1_750_000_000_000 + number,
        "depth": 10 + number % 1_000_000,
        "prev_events": [reference(room, f"previous {number}")],
        "auth_events": [reference(room, f"auth {one}") for one in range(3)],
    }
    if room.version in oracle.SENDER_CHOSEN_IDS:
        event["event_id"] = f"$event-{number}:{homeserver.server_name}"
    return {**event, **fields}


def reference(room: Room, name: str) -> Any:
    """Return an entry of `prev_events` or `auth_events` for an event that nobody has."""
    digest = _hash(name)
    if room.version in oracle.SENDER_CHOSEN_IDS:
        return [f"${digest[:18]}:{room.homeservers[0].server_name}", {"sha256": digest}]
    return "$" + (digest.replace("-", "+").replace("_", "/") if room.version == "3" else digest)


def sign(room: Room, homeserver: Homeserver, event: dict[str, Any]) -> dict[str, Any]:
    """Return the event with its content hash and its homeserver's signature."""
    signed: dict[str, Any] = oracle.hash_and_sign(
        room.version, event, homeserver.server_name, homeserver.key
    )
    return signed


def http_request(
    host: str,
    body: bytes,
    authorization: str | None,
    path: str = SIGN_PATH,
    method: str = "POST",
) -> bytes:
    """Return the bytes of one request on a connection that is kept open."""
    head = f"{method} {path} HTTP/1.1\r\nHost: {host}\r\n"
    if authorization is not None:
        head += f"Authorization: {authorization}\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode("latin-1") + body


def signed_request(destination: str, requester: Homeserver, event: Mapping[str, Any]) -> bytes:
    """Return the bytes of a right and proper request for a signature."""
    body: bytes = oracle.canonical(event)
    return http_request(destination, body, requester.authorization(destination, body))


def transaction_request(destination: str, by: Homeserver, event: Mapping[str, Any]) -> bytes:
    """Return the bytes of a transaction that brings one event."""
    path = f"/_matrix/federation/v1/send/{_hash(str(event))}"
    content = {
        "origin": by.server_name,
        "origin_server_ts": event["origin_server_ts"],
        "pdus": [event],
    }
    body: bytes = oracle.canonical(content)
    header = by.authorization(destination, body, method="PUT", uri=path)
    return http_request(destination, body, header, path, "PUT")


def read_object(body: bytes) -> dict[str, Any] | None:
    """Return the JSON object that is all of `body`, or None."""
    try:
        value = json.loads(body)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _hash(name: str) -> str:
    return urlsafe_b64encode(sha256(name.encode()).digest()).decode().rstrip("=")
