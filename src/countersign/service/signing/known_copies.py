"""Copies of events: which were verified together, and which were answered before."""

from hashlib import sha256
from typing import Final, NamedTuple, Self

from countersign.basics.bounded_mapping import BoundedMapping
from countersign.ports.stores.processes.shared_values import SharedValues
from countersign.protocol.canonical_json import ParsedJson, encode_canonical
from countersign.protocol.events.event_signatures import is_third_party_invite
from countersign.protocol.events.pdu import Pdu
from countersign.protocol.room_versions import RoomVersionRules
from countersign.service.keys.policy_signatures import KnownSignature

MAX_REMEMBERED: Final = 20_000
_DIGEST_BYTES: Final = 32
_SIGNATURE_AT: Final = _DIGEST_BYTES + 32
_SERVER_AT: Final = _SIGNATURE_AT + 86
"""A policy key has 32 bytes, and the unpadded base64 of a signature 86."""


class Copy(NamedTuple):
    """Parts of a copy of an event on which its verification depends."""

    digest: bytes
    signatures: frozenset[tuple[str, str, str]]
    origin: str | None

    @classmethod
    def of(cls, pdu: Pdu, origin: str) -> Self:
        """Return those parts; only for third-party invites the origin is one of them."""
        signatures = frozenset(
            (server, key_id, signature)
            for server, by_key in pdu.signatures.items()
            for key_id, signature in by_key.items()
        )
        return cls(pdu.digest, signatures, origin if is_third_party_invite(pdu) else None)


class KnownCopy(NamedTuple):
    """Parts of a copy of an event that the answer to a repeat needs, without its content.

    Attributes:
        digest: see `Pdu.digest`.
        sender_server: the server name of the event's sender.
        shared_signature: the signature that another process of this machine answered with, after
            its decision was durable; None for a copy that this process answered.
    """

    digest: bytes
    sender_server: str
    shared_signature: KnownSignature | None = None


class KnownCopies:
    """Remembers copies of events that were read and answered with a signature.

    The result of parsing depends only on the text and the room version, so a known copy is not
    parsed again. Each request is authenticated nevertheless.

    Args:
        shared: values shared with the other processes of this machine, to which answers to decided
            events are written; None without others.
    """

    def __init__(self, shared: SharedValues | None = None) -> None:
        self._copies: BoundedMapping[bytes, KnownCopy] = BoundedMapping(MAX_REMEMBERED)
        self._shared = shared

    @property
    def are_shared(self) -> bool:
        """True if the other processes of this machine are told of signatures."""
        return self._shared is not None

    def find(self, key: bytes | None) -> KnownCopy | None:
        """Return the known copy with this key, or None."""
        if key is None:
            return None
        copy = self._copies.use(key)
        if copy is None and self._shared is not None:
            value = self._shared.find(key)
            return None if value is None else _unpacked(value)
        return copy

    def note(self, key: bytes | None, pdu: Pdu, signature: KnownSignature | None) -> None:
        """Remember a copy that was answered with a signature.

        Args:
            key: from `key_of_copy`.
            pdu: the event.
            signature: the one of the answer, if there is a decision; None for an exempt event.
        """
        if key is None:
            return
        self._copies[key] = KnownCopy(pdu.digest, pdu.sender_server)
        if signature is not None and self._shared is not None:
            self._shared.note(key, _packed(pdu, signature))


def _packed(pdu: Pdu, signature: KnownSignature) -> bytes:
    return b"".join(
        (pdu.digest, signature.policy_key, signature.signature.encode(), pdu.sender_server.encode())
    )


def _unpacked(value: bytes) -> KnownCopy:
    digest, policy_key = value[:_DIGEST_BYTES], value[_DIGEST_BYTES:_SIGNATURE_AT]
    signature = value[_SIGNATURE_AT:_SERVER_AT].decode()
    return KnownCopy(digest, value[_SERVER_AT:].decode(), KnownSignature(policy_key, signature))


def key_of_copy(parsed: ParsedJson, rules: RoomVersionRules) -> bytes | None:
    """Return the SHA-256 of the parsed parts of an event; None if its JSON is not strict.

    `unsigned`, which differs from server to server, is not part of it.
    """
    if not parsed.is_strict:
        return None
    text = parsed.canonical
    if "unsigned" in parsed.value:
        text = encode_canonical(
            {key: value for key, value in parsed.value.items() if key != "unsigned"}
        )
    return sha256(rules.identifier.encode() + b" " + text).digest()


def verification_key(pdu: Pdu, origin: str, key: bytes | None) -> Copy | bytes:
    """Return a key that only copies share whose verification has the same result.

    Args:
        pdu: the event.
        origin: the requesting server.
        key: the result of `key_of_copy`, which covers more than `Copy` does.
    """
    if key is None or is_third_party_invite(pdu):
        return Copy.of(pdu, origin)
    return key
