"""A server's published keys: reading them, when each is good for what, and publishing ours.

Spec: https://spec.matrix.org/v1.18/server-server-api/#retrieving-server-keys
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from countersign.protocol.canonical_json import JsonObject, parse_object
from countersign.protocol.errors import BadJson, ProtocolError, SignatureInvalid
from countersign.protocol.room_versions import RoomVersionRules
from countersign.protocol.signatures import sign_json, signature_of, signature_verifies
from countersign.protocol.signing_keys import ServerSigningKey, VerifyKey, is_ed25519_key_id

MAX_DOCUMENT_BYTES: Final = 65_536
MAX_KEYS: Final = 32
MAX_VALIDITY_MS: Final = 7 * 24 * 3600 * 1000
"""However long a server says its keys are good, they are believed for 7 days at most."""


@dataclass(frozen=True, slots=True)
class ServerKeys:
    """What a server says of its keys, and until when it is to be believed.

    Attributes:
        server_name: whose keys.
        verify_keys: the keys in use, by key ID.
        old_verify_keys: keys no longer in use with the time each fell out of it, by key ID.
        valid_until_ts: as published, but never more than 7 days after `fetched_ts`.
        fetched_ts: when the server said so.
        promised_until_ts: as published.
    """

    server_name: str
    verify_keys: Mapping[str, VerifyKey]
    old_verify_keys: Mapping[str, tuple[VerifyKey, int]]
    valid_until_ts: int
    fetched_ts: int
    promised_until_ts: int


def parse_server_keys(raw: bytes, server_name: str, now_ts: int) -> ServerKeys:
    """Read and verify a key document as its server sent it.

    Keys of other algorithms and unusable keys are passed over. Every signature in the document by
    a key in use must be right, and there must be one.

    Args:
        raw: the body of the answer, or the document as it was stored.
        server_name: the server asked, byte for byte.
        now_ts: when the document was fetched.

    Raises:
        ProtocolError: more than 64 KiB, not an object, of another server, more than 32 keys,
            times that are no times, or not signed by a key in use.
    """
    if len(raw) > MAX_DOCUMENT_BYTES:
        raise BadJson(f"The key document has more than {MAX_DOCUMENT_BYTES} bytes.")
    document: JsonObject = parse_object(raw).value
    if document.get("server_name") != server_name:
        raise BadJson("The key document is another server's.")
    current = _object(document, "verify_keys")
    old = _object(document, "old_verify_keys") if "old_verify_keys" in document else {}
    if len(current) + len(old) > MAX_KEYS:
        raise BadJson(f"The key document has more than {MAX_KEYS} keys.")
    promised_until_ts = _timestamp(document, "valid_until_ts")
    keys = ServerKeys(
        server_name,
        verify_keys={key.key_id: key for key, _ in _usable_keys(current)},
        old_verify_keys={
            key.key_id: (key, _timestamp(entry, "expired_ts")) for key, entry in _usable_keys(old)
        },
        valid_until_ts=min(promised_until_ts, now_ts + MAX_VALIDITY_MS),
        fetched_ts=now_ts,
        promised_until_ts=promised_until_ts,
    )
    _check_self_signature(document, keys)
    return keys


def key_for_event(
    keys: ServerKeys, key_id: str, origin_server_ts: int, rules: RoomVersionRules
) -> VerifyKey | None:
    """Return the key if it was good when the event was made, else None.

    A key in use is good up to `valid_until_ts`, the moment included; rooms before version 5 do not
    ask. An old key is good up to the moment it fell out of use, in all rooms.

    Spec:
        https://spec.matrix.org/v1.18/rooms/v5/#signing-key-validity-period
    """
    key = keys.verify_keys.get(key_id)
    if key is not None:
        is_late = rules.strict_key_validity and origin_server_ts > keys.valid_until_ts
        return None if is_late else key
    old_key, expired_ts = keys.old_verify_keys.get(key_id, (None, 0))
    return old_key if origin_server_ts <= expired_ts else None


def key_for_request(keys: ServerKeys, key_id: str, now_ts: int) -> VerifyKey | None:
    """Return the key if it is in use and believed now, else None; old keys sign no requests."""
    return keys.verify_keys.get(key_id) if now_ts < keys.valid_until_ts else None


def server_keys_document(
    server_name: str,
    key: ServerSigningKey,
    valid_until_ts: int,
    old_keys: Mapping[str, tuple[VerifyKey, int]] | None = None,
) -> JsonObject:
    """Return our own key document, signed.

    Args:
        server_name: ours.
        key: our server key; the policy key has no place here, and its type keeps it out.
        valid_until_ts: when others should ask again.
        old_keys: former server keys with the time each fell out of use, by key ID.
    """
    document: JsonObject = {
        "server_name": server_name,
        "valid_until_ts": valid_until_ts,
        "verify_keys": {key.key_id: {"key": key.verify_key.to_base64()}},
        "old_verify_keys": {
            key_id: {"key": old_key.to_base64(), "expired_ts": expired_ts}
            for key_id, (old_key, expired_ts) in (old_keys or {}).items()
        },
    }
    return sign_json(document, server_name, key)


def _check_self_signature(document: JsonObject, keys: ServerKeys) -> None:
    signing_keys = [
        key
        for key in keys.verify_keys.values()
        if signature_of(document, keys.server_name, key.key_id) is not None
    ]
    if not signing_keys:
        raise SignatureInvalid("The key document is not signed by any of its usable keys.")
    for key in signing_keys:
        if not signature_verifies(document, keys.server_name, key):
            raise SignatureInvalid(f"The key document's signature with {key.key_id} is wrong.")


def _usable_keys(entries: JsonObject) -> Iterator[tuple[VerifyKey, JsonObject]]:
    for key_id, entry in entries.items():
        text = entry.get("key") if isinstance(entry, dict) else None
        if not is_ed25519_key_id(key_id) or not isinstance(text, str):
            continue
        try:
            yield VerifyKey.from_base64(key_id, text), entry
        except ProtocolError:
            continue


def _object(document: JsonObject, name: str) -> JsonObject:
    value: Any = document.get(name)
    if not isinstance(value, dict):
        raise BadJson(f"The key document's {name} is not an object.")
    return value


def _timestamp(holder: JsonObject, name: str) -> int:
    value: Any = holder.get(name)
    if type(value) is not int or value < 0:
        raise BadJson(f"The key document's {name} is not a time.")
    return value
