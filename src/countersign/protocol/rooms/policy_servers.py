"""Policy Servers: `m.room.policy`, the exempt event, and the signature on an event.

Spec: https://spec.matrix.org/v1.18/server-server-api/#policy-servers
"""

from dataclasses import dataclass
from typing import Any, Final

from countersign.protocol import unpadded_base64
from countersign.protocol.canonical_json import JsonObject, keys_of
from countersign.protocol.errors import CountersignError, EventMalformed, ProtocolError
from countersign.protocol.events.pdu import MAX_EVENT_BYTES, Pdu, event_size_bytes, parse_pdu
from countersign.protocol.keys.signatures import sign_json, signature_verifies, with_signature
from countersign.protocol.keys.signing_keys import SIGNATURE_BYTES, PolicySigningKey, VerifyKey

POLICY_KEY_ID: Final = PolicySigningKey.KEY_ID
POLICY_TYPE: Final = "m.room.policy"
UNSTABLE_POLICY_TYPE: Final = "org.matrix.msc4284.policy"
COMMAND_TYPE: Final = "org.matrix.policyserv.command"
"""The to-device message by which a Policy Server asks a moderation bot for something."""

MAX_SIGNATURE_BYTES: Final = 1_000
"""Maximum number of bytes that our signature adds to an event, with the longest server name."""

_EVERY_EVENT_HAS: Final = frozenset(
    {
        "auth_events",
        "content",
        "depth",
        "hashes",
        "origin_server_ts",
        "prev_events",
        "sender",
        "type",
    }
)
_NO_EVENT_HAS: Final = frozenset(
    {
        "destination",
        "method",
        "old_verify_keys",
        "server_name",
        "signatures",
        "unsigned",
        "uri",
        "valid_until_ts",
        "verify_keys",
    }
)


class SigningFault(CountersignError):
    """Our own signature is wrong and must not be sent: stop signing, and alert the operator."""


@dataclass(frozen=True, slots=True)
class RoomPolicy:
    """Policy Server that a room names, and the key that it expects.

    Attributes:
        via: the server name in the event, which may be malformed.
        public_key: 32 bytes; None if `raw_key` is no key, so that no signature can verify.
        raw_key: the key as written in the event.
    """

    via: str
    public_key: bytes | None
    raw_key: str

    def names(self, server_name: str, key: VerifyKey) -> bool:
        """Return True if the room named this server with this key."""
        return self.via == server_name and self.public_key == key.raw


def parse_room_policy(content: JsonObject) -> RoomPolicy | None:
    """Read the content of `m.room.policy`; None if it does not switch a Policy Server on.

    Spec:
        https://spec.matrix.org/v1.18/server-server-api/#determining-if-a-policy-server-is-enabled-in-a-room
    """
    keys: Any = content.get("public_keys")
    return _room_policy(content.get("via"), keys.get("ed25519") if isinstance(keys, dict) else None)


def parse_unstable_room_policy(content: JsonObject) -> RoomPolicy | None:
    """Read the content of `org.matrix.msc4284.policy`, which may have a lone `public_key`."""
    policy = parse_room_policy(content)
    return policy or _room_policy(content.get("via"), content.get("public_key"))


def room_policy_content(server_name: str, key: VerifyKey) -> JsonObject:
    """Return the content of the `m.room.policy` that names this server and key."""
    return {"via": server_name, **well_known_body(key)}


def well_known_body(key: VerifyKey) -> JsonObject:
    """Return the body of `/.well-known/matrix/policy_server`."""
    return {"public_keys": {"ed25519": key.to_base64()}}


def unstable_well_known_body(key: VerifyKey) -> JsonObject:
    """Return the body with both fields that clients read before the endpoint was stable."""
    return {**well_known_body(key), "public_key": key.to_base64()}


def is_exempt(pdu: Pdu) -> bool:
    """Return True for `m.room.policy` with the empty state key, which needs no signature.

    As a message or with another state key it is an ordinary event.
    """
    return pdu.type in (POLICY_TYPE, UNSTABLE_POLICY_TYPE) and pdu.state_key == ""


def policy_signature(pdu: Pdu, server_name: str, key: PolicySigningKey) -> JsonObject:
    """Sign the redacted event; return `{server name: {key ID: signature}}`, the whole answer.

    The signed bytes were computed here from a validated event. They are checked again, so that this
    key signs events only, and the signature is verified, because a faulty one could leak the key.

    Raises:
        SigningFault: the bytes are not an event's, or the signature does not verify.
    """
    _check_is_an_event(pdu)
    signature = key.sign(pdu.signed_bytes)
    if not key.verify_key.verify(pdu.signed_bytes, signature):
        raise SigningFault("The policy key made a signature that does not verify.")
    return {server_name: {POLICY_KEY_ID: unpadded_base64.encode(signature)}}


def with_policy_signature(pdu: Pdu, signature: JsonObject) -> Pdu:
    """Return an event of our own with a signature of `policy_signature` added."""
    signatures: dict[str, Any] = dict(pdu.signatures)
    for server_name, by_key in signature.items():
        signatures[server_name] = {**signatures.get(server_name, {}), **by_key}
    return parse_pdu({**pdu.json, "signatures": signatures}, pdu.rules)


def redact_command(
    room_id: str, event_id: str, server_name: str, key: PolicySigningKey
) -> JsonObject:
    """Return the content of a `COMMAND_TYPE` message: redact this event, signed.

    Beside events the policy key signs only this. It is made here from two identifiers, and cannot
    be taken for an event: it has no type, sender or content.

    Raises:
        SigningFault: the signature does not verify; nothing may be signed.
    """
    command = {"command": "redact", "room_id": room_id, "event_id": event_id}
    signed = sign_json(command, server_name, key)
    if not signature_verifies(signed, server_name, key.verify_key):
        raise SigningFault("The policy key made a signature that does not verify.")
    return signed


def size_with_signature_bytes(pdu: Pdu, server_name: str) -> int:
    """Return the size that the event will have with our signature on it, `unsigned` not counted."""
    signed = with_signature(pdu.json, server_name, POLICY_KEY_ID, bytes(SIGNATURE_BYTES))
    return event_size_bytes(signed, pdu.rules)


def check_size_with_signature(pdu: Pdu, server_name: str) -> None:
    """Raise if the event with our signature is over the size limit.

    All servers would drop such an event.

    Raises:
        EventMalformed: it would be too large; `unsigned` does not count.
    """
    if pdu.size_bytes <= MAX_EVENT_BYTES - MAX_SIGNATURE_BYTES:
        return
    size_bytes = size_with_signature_bytes(pdu, server_name)
    if size_bytes > MAX_EVENT_BYTES:
        raise EventMalformed(
            f"With a policy server's signature the event would be {size_bytes} bytes long; "
            f"the most that Matrix allows is {MAX_EVENT_BYTES}."
        )


def carried_policy_signature_is_valid(pdu: Pdu, server_name: str, key: VerifyKey) -> bool:
    """Return True if the event has a valid signature of this Policy Server."""
    signature = pdu.signatures.get(server_name, {}).get(POLICY_KEY_ID)
    return key.verify_base64(pdu.signed_bytes, signature)


def _room_policy(via: object, key: object) -> RoomPolicy | None:
    if not isinstance(via, str) or not isinstance(key, str):
        return None
    try:
        public_key = VerifyKey.from_base64(POLICY_KEY_ID, key).raw
    except ProtocolError:
        public_key = None
    return RoomPolicy(via, public_key, key)


def _check_is_an_event(pdu: Pdu) -> None:
    try:
        names = keys_of(pdu.signed_bytes)
    except ProtocolError as error:
        raise SigningFault("The bytes to sign are not a JSON object.") from error
    has_room = "room_id" in names or (
        pdu.rules.room_id_is_create_hash and pdu.type == "m.room.create"
    )
    if not names >= _EVERY_EVENT_HAS or names & _NO_EVENT_HAS or not has_room:
        raise SigningFault("The bytes to sign are not those of a redacted event.")
