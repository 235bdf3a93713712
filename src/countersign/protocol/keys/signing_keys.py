"""Signing keys (secret) and verify keys (public); the only module that uses the crypto library.

The two kinds of secret keys have different types: the server key signs for our server, the policy
key signs accepted events.
"""

import re
from dataclasses import dataclass
from typing import ClassVar, Final

import nacl.bindings
import nacl.exceptions

from countersign.protocol import unpadded_base64
from countersign.protocol.errors import BadJson, CountersignError, ProtocolError

ALGORITHM: Final = "ed25519"
POLICY_KEY_VERSION: Final = "policy_server"
KEY_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64
MAX_KEY_ID_CHARS: Final = 128

_VERSION = re.compile(r"[a-zA-Z0-9_]{1,64}")
_MAX_BASE64_CHARS = 128

KNOWN_LEAKED_KEYS: Final = frozenset(
    {
        # Generated from an unseeded random source (its seed is the first 32 bytes of Go's
        # `math/rand` with seed 0) and shipped to many servers: CVE-2026-24044.
        bytes.fromhex("97f3bd871315281e8b83edc7a9fd0541066154449070ccdb3cdd42cf69ccde88"),
    }
)
"""Public keys whose private key is publicly known."""


class SigningKeyInvalid(CountersignError):
    """The signing key cannot be used."""


def is_ed25519_key_id(key_id: str) -> bool:
    """Return True for the ID of an Ed25519 key with any version.

    Existing servers have versions outside the grammar, so the version must only be non-empty, and
    the ID at most 128 characters long. Our own versions follow the grammar.
    """
    algorithm, colon, version = key_id.partition(":")
    return algorithm == ALGORITHM and bool(colon and version) and len(key_id) <= MAX_KEY_ID_CHARS


@dataclass(frozen=True, slots=True)
class VerifyKey:
    """A public Ed25519 key that is safe to use: on the curve, of full order, canonically encoded.

    Raises:
        BadJson: the bytes are no such key, or its private key is publicly known.
    """

    key_id: str
    raw: bytes

    def __post_init__(self) -> None:
        """Refuse the keys under which anyone can sign."""
        if len(self.raw) != KEY_BYTES:
            raise BadJson(f"An Ed25519 key has {KEY_BYTES} bytes, not {len(self.raw)}.")
        # Refuses points off the curve, spelled non-canonically, of small order, and all others
        # outside the prime-order group, where no honestly made key lies.
        if not nacl.bindings.crypto_core_ed25519_is_valid_point(self.raw):
            raise BadJson("The Ed25519 key is not a usable point on the curve.")
        if self.raw in KNOWN_LEAKED_KEYS:
            raise BadJson("The secret half of this Ed25519 key is public knowledge.")

    @classmethod
    def from_base64(cls, key_id: str, text: str) -> "VerifyKey":
        """Read a key as servers publish it: base64 of either alphabet, padded or not.

        Raises:
            BadJson: not base64, or not a key to trust.
        """
        if len(text) > _MAX_BASE64_CHARS:
            raise BadJson("The Ed25519 key is too long.")
        return cls(key_id, unpadded_base64.decode(text))

    def to_base64(self) -> str:
        """Return the key in unpadded base64, standard alphabet."""
        return unpadded_base64.encode(self.raw)

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Return True if `signature` (64 bytes) is this key's on `message`, False in any doubt."""
        if len(signature) != SIGNATURE_BYTES:
            return False
        try:
            nacl.bindings.crypto_sign_open(signature + message, self.raw)
        except nacl.exceptions.BadSignatureError:
            return False
        return True

    def verify_base64(self, message: bytes, signature: object) -> bool:
        """Return the same for a signature in unpadded base64; False if it is not base64."""
        if not isinstance(signature, str) or len(signature) > _MAX_BASE64_CHARS:
            return False
        try:
            return self.verify(message, unpadded_base64.decode(signature))
        except ProtocolError:
            return False


class SigningKey:
    """A secret Ed25519 key with a version; never shown by `repr`, never compared, never pickled.

    Attributes:
        key_id: `ed25519:<version>`.
        verify_key: the public half.

    Raises:
        SigningKeyInvalid: a version outside the grammar, or a seed that is not 32 bytes.
    """

    __slots__ = ("_secret", "key_id", "verify_key", "version")

    def __init__(self, version: str, seed: bytes) -> None:
        if not _VERSION.fullmatch(version):
            raise SigningKeyInvalid(
                f"The key version {version!r} is not 1 to 64 letters, digits and underscores."
            )
        if len(seed) != KEY_BYTES:
            raise SigningKeyInvalid(f"The seed has {len(seed)} bytes; it must have {KEY_BYTES}.")
        public, self._secret = nacl.bindings.crypto_sign_seed_keypair(seed)
        self.version: Final = version
        self.key_id: Final = f"{ALGORITHM}:{version}"
        try:
            self.verify_key: Final = VerifyKey(self.key_id, public)
        except BadJson as error:
            raise SigningKeyInvalid(str(error)) from None

    def sign(self, message: bytes) -> bytes:
        """Return this key's signature on `message`, 64 bytes."""
        signed: bytes = nacl.bindings.crypto_sign(message, self._secret)
        return signed[:SIGNATURE_BYTES]

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.key_id} {self.verify_key.to_base64()}>"

    def __reduce__(self) -> str:
        raise TypeError("A signing key does not leave the process.")


class ServerSigningKey(SigningKey):
    """The server key, which signs requests, our key document and our membership events.

    Raises:
        SigningKeyInvalid: also for the version of the policy key, because its signatures on events
            could then be taken for a policy server's.
    """

    __slots__ = ()

    def __init__(self, version: str, seed: bytes) -> None:
        if version == POLICY_KEY_VERSION:
            raise SigningKeyInvalid(
                f"The server key must not have the version {POLICY_KEY_VERSION!r}:"
                " that name belongs to the policy key."
            )
        super().__init__(version, seed)


class PolicySigningKey(SigningKey):
    """The policy key, which signs accepted events; its ID is always `ed25519:policy_server`.

    Spec:
        https://spec.matrix.org/v1.18/server-server-api/#validating-policy-server-signatures
    """

    __slots__ = ()
    KEY_ID: ClassVar[str] = f"{ALGORITHM}:{POLICY_KEY_VERSION}"

    def __init__(self, seed: bytes) -> None:
        super().__init__(POLICY_KEY_VERSION, seed)


def parse_key_file(text: str) -> tuple[str, bytes]:
    """Read the one line of a key file: `ed25519 <version> <base64 of the seed>`, Synapse's format.

    Returns:
        The version, and the seed of 32 bytes.

    Raises:
        SigningKeyInvalid: not exactly one such line. The message never holds the seed.
    """
    lines = [line.split() for line in text.splitlines() if line.strip()]
    if len(lines) != 1 or len(lines[0]) != 3:
        raise SigningKeyInvalid(
            "A key file holds one line: ed25519 <version> <base64 of the seed>."
        )
    algorithm, version, seed_base64 = lines[0]
    if algorithm != ALGORITHM:
        raise SigningKeyInvalid(f"A key file must name the algorithm {ALGORITHM!r} first.")
    if not _VERSION.fullmatch(version):
        raise SigningKeyInvalid(
            "The key version may hold 1 to 64 letters, digits, underscores only."
        )
    try:
        seed = unpadded_base64.decode(seed_base64)
    except ProtocolError:
        raise SigningKeyInvalid("The seed in the key file is not base64.") from None
    if len(seed) != KEY_BYTES:
        raise SigningKeyInvalid(f"The seed in the key file must have {KEY_BYTES} bytes.")
    return version, seed


def format_key_file(version: str, seed: bytes) -> str:
    """Write the line that `parse_key_file` reads, newline included."""
    return f"{ALGORITHM} {version} {unpadded_base64.encode(seed)}\n"
