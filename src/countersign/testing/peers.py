"""A homeserver without a listener: a name, a key, and signed events and answers."""

from typing import Any

from countersign.protocol.canonical_json import JsonObject, encode_canonical
from countersign.protocol.events.event_signatures import hash_and_sign_event
from countersign.protocol.events.pdu import Pdu, parse_pdu
from countersign.protocol.keys.server_keys import (
    ServerKeys,
    parse_server_keys,
    server_keys_document,
)
from countersign.protocol.keys.signing_keys import ServerSigningKey, VerifyKey
from countersign.protocol.keys.x_matrix import authorization_header
from countersign.protocol.room_versions import get_room_version
from countersign.testing.events import DEFAULT_ROOM_VERSION, make_event, make_key

DAY_MS = 24 * 3600 * 1000


class Peer:
    """Another server of the federation, which signs events and requests.

    Attributes:
        server_name: its name.
        key: its server key, always the same for the same name and key version.
    """

    def __init__(
        self,
        server_name: str = "example.org",
        *,
        key_version: str = "paper",
        key: ServerSigningKey | None = None,
    ) -> None:
        self.server_name = server_name
        self.key = key or make_key(server_name, key_version)

    @property
    def verify_keys(self) -> dict[str, VerifyKey]:
        """Its public keys by key ID."""
        return {self.key.key_id: self.key.verify_key}

    def user(self, localpart: str = "alice") -> str:
        """Return the ID of one of its users."""
        return f"@{localpart}:{self.server_name}"

    def key_document(
        self,
        now_ts: int,
        *,
        valid_for_ms: int = DAY_MS,
        old_keys: dict[str, tuple[VerifyKey, int]] | None = None,
    ) -> JsonObject:
        """Return its answer to `/_matrix/key/v2/server`."""
        return server_keys_document(self.server_name, self.key, now_ts + valid_for_ms, old_keys)

    def key_document_bytes(self, now_ts: int, **kwargs: Any) -> bytes:
        """Return the same as the body of an answer; arguments as for `key_document`."""
        return encode_canonical(self.key_document(now_ts, **kwargs))

    def server_keys(self, now_ts: int, **kwargs: Any) -> ServerKeys:
        """Return the same as we understand it; arguments as for `key_document`."""
        return parse_server_keys(
            self.key_document_bytes(now_ts, **kwargs), self.server_name, now_ts
        )

    def sign_request(
        self, method: str, uri: str, destination: str, content: object | None = None
    ) -> str:
        """Return the value of the Authorization header for a request to `destination`.

        Args:
            method: such as `POST`.
            uri: the request target, from `/_matrix/` on.
            destination: the asked server's name.
            content: the body as JSON; None for a request without a body.
        """
        body = None if content is None else encode_canonical(content, strict=False)
        return authorization_header(method, uri, self.server_name, destination, body, self.key)

    def event(
        self,
        event_type: str = "m.room.message",
        content: JsonObject | None = None,
        *,
        sender: str | None = None,
        **kwargs: Any,
    ) -> JsonObject:
        """Return an event that it signed, of one of its users unless `sender` says otherwise.

        Arguments are those of `make_event`.
        """
        signing = {"signer": self.server_name, "key": self.key}
        return make_event(sender or self.user(), event_type, content, **{**signing, **kwargs})

    def pdu(self, *args: Any, room_version: str = DEFAULT_ROOM_VERSION, **kwargs: Any) -> Pdu:
        """Return the same as a validated PDU; arguments as for `event`."""
        event = self.event(*args, room_version=room_version, **kwargs)
        return parse_pdu(event, get_room_version(room_version))

    def hash_and_sign(
        self, event: JsonObject, room_version: str = DEFAULT_ROOM_VERSION
    ) -> JsonObject:
        """Return an event with its hash and this server's signature, for any sender."""
        return hash_and_sign_event(
            event, get_room_version(room_version), self.server_name, self.key
        )
