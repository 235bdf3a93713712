"""Signing and verifying a JSON object that is not an event: key documents, requests, invites.

Spec: https://spec.matrix.org/v1.18/appendices/#signing-json
"""

from typing import Final

from countersign.protocol import unpadded_base64
from countersign.protocol.canonical_json import JsonObject, encode_canonical
from countersign.protocol.errors import ProtocolError
from countersign.protocol.keys.signing_keys import SigningKey, VerifyKey

_NOT_SIGNED: Final = frozenset({"signatures", "unsigned"})


def signable_bytes(json_object: JsonObject, *, strict: bool = True) -> bytes:
    """Return the bytes that a signature covers: canonical JSON without `signatures`, `unsigned`.

    Args:
        json_object: the object as received or as to be sent.
        strict: refuse numbers that canonical JSON does not know.

    Raises:
        ProtocolError: the object has no canonical form.
    """
    signed = {name: value for name, value in json_object.items() if name not in _NOT_SIGNED}
    return encode_canonical(signed, strict=strict)


def sign_json(json_object: JsonObject, server_name: str, key: SigningKey) -> JsonObject:
    """Return a copy of `json_object` with this signature added.

    Raises:
        ProtocolError: the object has no canonical form.
    """
    signature = key.sign(signable_bytes(json_object))
    return with_signature(json_object, server_name, key.key_id, signature)


def with_signature(
    json_object: JsonObject, server_name: str, key_id: str, signature: bytes
) -> JsonObject:
    """Return a copy with one more signature."""
    carried = json_object.get("signatures")
    signatures = dict(carried) if isinstance(carried, dict) else {}
    of_server = signatures.get(server_name)
    signatures[server_name] = {
        **(of_server if isinstance(of_server, dict) else {}),
        key_id: unpadded_base64.encode(signature),
    }
    return {**json_object, "signatures": signatures}


def signature_of(json_object: JsonObject, server_name: str, key_id: str) -> object:
    """Return this signature as received, of any type, or None."""
    signatures = json_object.get("signatures")
    of_server = signatures.get(server_name) if isinstance(signatures, dict) else None
    return of_server.get(key_id) if isinstance(of_server, dict) else None


def signature_verifies(json_object: JsonObject, server_name: str, key: VerifyKey) -> bool:
    """Return True if `server_name` signed this object with this key; False for malformed input.

    Numbers outside canonical JSON are accepted, as all servers do here.
    """
    signature = signature_of(json_object, server_name, key.key_id)
    if signature is None:
        return False
    try:
        message = signable_bytes(json_object, strict=False)
    except ProtocolError:
        return False
    return key.verify_base64(message, signature)
