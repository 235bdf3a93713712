"""Key documents of servers: parsing, validity of keys, and our own document.

Spec: https://spec.matrix.org/v1.18/server-server-api/#retrieving-server-keys
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

from countersign.protocol.canonical_json import JsonObject, parse_object, to_safe_integer
from countersign.protocol.errors import BadJson, ProtocolError, SignatureInvalid
from countersign.protocol.keys.signatures import sign_json, signature_of, signature_verifies
from countersign.protocol.keys.signing_keys import ServerSigningKey, VerifyKey, is_ed25519_key_id
from countersign.protocol.room_versions import RoomVersionRules

MAX_DOCUMENT_BYTES: Final = 65_536
MAX_KEYS: Final = 32
MAX_VALIDITY_MS: Final = 7 * 24 * 3600 * 1000
"""Maximum validity of a key document, 7 days, whatever its `valid_until_ts`."""
MAX_FORMER_KEYS: Final = 64


class OldKey(NamedTuple):
    """A key that its server no longer uses: it verifies old events and no requests.

    Attributes:
        key: the key.
        expired_ts: its published `expired_ts`; without one, the `valid_until_ts` of the last
            document that listed it.
        gone_ts: the time when it was known to be out of use, `expired_ts` or later; it counts in
            rooms before version 5.
    """

    key: VerifyKey
    expired_ts: int
    gone_ts: int


@dataclass(frozen=True, slots=True)
class ServerKeys:
    """A server's key document, and until when it is valid.

    Attributes:
        server_name: the server.
        verify_keys: the keys in use, by key ID.
        old_verify_keys: keys no longer in use, by key ID.
        valid_until_ts: as published, but at most 7 days after `fetched_ts`.
        fetched_ts: time of the fetch.
        promised_until_ts: `valid_until_ts` as published.
        told_ts: time of the last fetch from the server itself; None if only notaries served them.
        signers: the IDs of the keys in use that signed the document.
    """

    server_name: str
    verify_keys: Mapping[str, VerifyKey]
    old_verify_keys: Mapping[str, OldKey]
    valid_until_ts: int
    fetched_ts: int
    promised_until_ts: int
    told_ts: int | None
    signers: frozenset[str]


def parse_server_keys(raw: bytes, server_name: str, now_ts: int) -> ServerKeys:
    """Read and verify a key document as its server sent it.

    Keys of other algorithms and unusable keys are ignored. The document must be signed by a key in
    use, and no such signature may be wrong.

    Args:
        raw: the body of the answer, or the document as it was stored.
        server_name: the server asked, byte for byte.
        now_ts: the time when the document was fetched.

    Raises:
        ProtocolError: more than 64 KiB, not an object, of another server, more than 32 keys,
            times that are no times, or not signed by a key in use.
    """
    if len(raw) > MAX_DOCUMENT_BYTES:
        raise BadJson(f"The key document has more than {MAX_DOCUMENT_BYTES} bytes.")
    return read_server_keys(parse_object(raw).value, server_name, now_ts)


def read_server_keys(document: JsonObject, server_name: str, now_ts: int) -> ServerKeys:
    """Read the keys in a parsed document, as `parse_server_keys` does."""
    if document.get("server_name") != server_name:
        raise BadJson("The key document is another server's.")
    current = _object(document, "verify_keys")
    old = _object(document, "old_verify_keys") if "old_verify_keys" in document else {}
    if len(current) + len(old) > MAX_KEYS:
        raise BadJson(f"The key document has more than {MAX_KEYS} keys.")
    promised_until_ts = _timestamp(document, "valid_until_ts")
    verify_keys = {key.key_id: key for key, _ in _usable_keys(current)}
    return ServerKeys(
        server_name,
        verify_keys=verify_keys,
        old_verify_keys={
            key.key_id: OldKey(key, expired_ts, expired_ts)
            for key, entry in _usable_keys(old)
            for expired_ts in [_timestamp(entry, "expired_ts")]
        },
        valid_until_ts=min(promised_until_ts, now_ts + MAX_VALIDITY_MS),
        fetched_ts=now_ts,
        promised_until_ts=promised_until_ts,
        told_ts=now_ts,
        signers=_checked_signers(document, server_name, verify_keys),
    )


def key_for_event(
    keys: ServerKeys, key_id: str, origin_server_ts: int, rules: RoomVersionRules
) -> VerifyKey | None:
    """Return the key if it was valid at the event's time, else None.

    A key in use is valid up to and including `valid_until_ts`; rooms before version 5 ignore that.
    An old key is valid up to the time when its use ended, in all rooms.

    Spec:
        https://spec.matrix.org/v1.18/rooms/v5/#signing-key-validity-period
    """
    key = keys.verify_keys.get(key_id)
    if key is not None:
        is_late = rules.strict_key_validity and origin_server_ts > keys.valid_until_ts
        return None if is_late else key
    old = keys.old_verify_keys.get(key_id)
    if old is None:
        return None
    last_ts = old.expired_ts if rules.strict_key_validity else old.gone_ts
    return old.key if origin_server_ts <= last_ts else None


def key_for_request(keys: ServerKeys, key_id: str, now_ts: int) -> VerifyKey | None:
    """Return the key if it is in use and valid now, else None; old keys sign no requests."""
    return keys.verify_keys.get(key_id) if now_ts < keys.valid_until_ts else None


def with_former_keys(keys: ServerKeys, before: ServerKeys | None) -> ServerKeys:
    """Return `keys` with keys that an earlier document had and this one lacks, as old keys.

    Otherwise the old events of a server that does not list its old keys could not be verified. An
    entry in `keys` takes precedence.
    """
    if before is None:
        return keys
    expired_ts = before.valid_until_ts
    # Else our clock was set back, and says nothing; what a notary told counts up to this anyway.
    if keys.fetched_ts >= before.fetched_ts or before.told_ts is None:
        expired_ts = min(expired_ts, keys.fetched_ts)
    # A notary's document may be from long ago, but not from after its own end.
    gone_ts = max(expired_ts, min(keys.valid_until_ts, keys.fetched_ts))
    old = {key_id: OldKey(key, expired_ts, gone_ts) for key_id, key in before.verify_keys.items()}
    old = {**before.old_verify_keys, **old, **keys.old_verify_keys}
    former = [(key_id, entry) for key_id, entry in old.items() if key_id not in keys.verify_keys]
    former.sort(key=lambda item: item[1].expired_ts, reverse=True)
    return replace(keys, old_verify_keys=dict(former[:MAX_FORMER_KEYS]))


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
        valid_until_ts: `valid_until_ts` of the document.
        old_keys: former server keys with the time when their use ended, by key ID.
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


def _checked_signers(
    document: JsonObject, server_name: str, verify_keys: Mapping[str, VerifyKey]
) -> frozenset[str]:
    signers = [
        key
        for key in verify_keys.values()
        if signature_of(document, server_name, key.key_id) is not None
    ]
    if not signers:
        raise SignatureInvalid("The key document is not signed by any of its usable keys.")
    for key in signers:
        if not signature_verifies(document, server_name, key):
            raise SignatureInvalid(f"The key document's signature with {key.key_id} is wrong.")
    return frozenset(key.key_id for key in signers)


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
    return to_safe_integer(value)
