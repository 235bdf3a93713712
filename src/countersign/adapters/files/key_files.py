"""The key files: readable by their owner only, never overwritten, and no two with the same key.

Each holds one line in Synapse's format, `ed25519 <version> <unpadded base64 of the seed>`.
"""

import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from countersign.adapters.files.atomic_files import create_file
from countersign.basics.os_reasons import reason_of
from countersign.ports.randomness import Randomness
from countersign.protocol.errors import CountersignError
from countersign.protocol.keys.signing_keys import (
    KEY_BYTES,
    POLICY_KEY_VERSION,
    PolicySigningKey,
    ServerSigningKey,
    SigningKeyInvalid,
    format_key_file,
    parse_key_file,
)

_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_MAX_BYTES: Final = 4_096
_VERSION_BYTES: Final = 4


class KeyFileUnusable(CountersignError):
    """A key file is missing or unusable; the message says what to do."""


@dataclass(frozen=True, slots=True)
class SigningKeys:
    """Our keys, which are all different.

    Attributes:
        policy: the policy key that new rooms list.
        former_policy: former policy keys that rooms may still list, in the order of their files.
        leaked_policy: likewise those whose secret others may know.
    """

    server: ServerSigningKey
    policy: PolicySigningKey
    former_policy: tuple[PolicySigningKey, ...] = ()
    leaked_policy: tuple[PolicySigningKey, ...] = ()


def read_signing_keys(
    server_file: Path,
    policy_file: Path,
    *,
    former_policy_files: Sequence[Path] = (),
    leaked_policy_files: Sequence[Path] = (),
) -> SigningKeys:
    """Read all keys.

    Raises:
        KeyFileUnusable: files are missing, readable by others, malformed, of another kind of key,
            or have the same secret; the message has a line for each.
    """
    troubles: list[str] = []
    holders: dict[bytes, Path] = {}
    server: ServerSigningKey | None = None
    try:
        server, server_seed = _read_server_key(server_file)
        holders[server_seed] = server_file
    except KeyFileUnusable as error:
        troubles.append(str(error))

    def policy_key(file: Path) -> PolicySigningKey | None:
        try:
            seed = _read_policy_seed(file)
            if seed in holders:
                raise _same_key(holders[seed], file, is_server_key=holders[seed] is server_file)
            holders[seed] = file
        except KeyFileUnusable as error:
            troubles.append(str(error))
            return None
        return PolicySigningKey(seed)

    policy = policy_key(policy_file)
    former = [policy_key(file) for file in former_policy_files]
    leaked = [policy_key(file) for file in leaked_policy_files]
    if server is None or policy is None or troubles:
        raise KeyFileUnusable("\n".join(troubles))
    return SigningKeys(
        server,
        policy,
        tuple(key for key in former if key is not None),
        tuple(key for key in leaked if key is not None),
    )


def read_policy_key(file: Path) -> PolicySigningKey:
    """Read one policy key.

    Raises:
        KeyFileUnusable: the file is missing, readable by others, or has no policy key.
    """
    return PolicySigningKey(_read_policy_seed(file))


def create_server_key(file: Path, randomness: Randomness) -> None:
    """Create a server key with a new version.

    Raises:
        KeyFileUnusable: the file exists, or can't be written.
    """
    version = f"a_{randomness.random_bytes(_VERSION_BYTES).hex()}"
    _create(file, format_key_file(version, randomness.random_bytes(KEY_BYTES)))


def create_policy_key(file: Path, randomness: Randomness) -> None:
    """Create a policy key.

    Raises:
        KeyFileUnusable: the file exists, or can't be written.
    """
    _create(file, format_key_file(POLICY_KEY_VERSION, randomness.random_bytes(KEY_BYTES)))


def _read_server_key(file: Path) -> tuple[ServerSigningKey, bytes]:
    version, seed = _read(file)
    try:
        return ServerSigningKey(version, seed), seed
    except SigningKeyInvalid as error:
        raise KeyFileUnusable(f"{file} can't be used: {error}") from error


def _read_policy_seed(file: Path) -> bytes:
    version, seed = _read(file)
    if version != POLICY_KEY_VERSION:
        raise KeyFileUnusable(
            f"The key in {file} has the version {version!r}; the policy key's is"
            f" {POLICY_KEY_VERSION!r}. Is it the server key's file?"
        )
    try:
        PolicySigningKey(seed)
    except SigningKeyInvalid as error:
        raise KeyFileUnusable(f"{file} can't be used: {error}") from error
    return seed


def _same_key(one: Path, other: Path, *, is_server_key: bool) -> KeyFileUnusable:
    if is_server_key:
        return KeyFileUnusable(
            f"{one} and {other} hold the same key: whoever trusts one would trust the"
            " other. Make a new policy key, and publish it in each protected room."
        )
    return KeyFileUnusable(
        f"{one} and {other} hold the same policy key. Name each key once, in `policy`,"
        " `former_policy` or `leaked_policy`."
    )


def _read(file: Path) -> tuple[str, bytes]:
    try:
        # O_NONBLOCK: a named pipe must not block the start.
        descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            _require_private(file, os.fstat(descriptor).st_mode)
            text = os.read(descriptor, _MAX_BYTES).decode("ascii")
        finally:
            os.close(descriptor)
        return parse_key_file(text)
    except FileNotFoundError as error:
        raise KeyFileUnusable(
            f"There is no key file {file}. If it was lost, restore it from a backup; for a new"
            " server, run `countersign init`."
        ) from error
    except OSError as error:
        raise KeyFileUnusable(f"{file} can't be read: {error.strerror}.") from error
    except UnicodeDecodeError:
        raise KeyFileUnusable(f"{file} is not a key file.") from None  # its bytes may be secret
    except SigningKeyInvalid as error:
        raise KeyFileUnusable(f"{file} can't be used: {error}") from error


def _require_private(file: Path, mode: int) -> None:
    """Check the mode of the opened file; its name may refer to another file later."""
    if not stat.S_ISREG(mode):
        raise KeyFileUnusable(f"{file} is not a regular file.")
    if mode & _OTHERS:
        raise KeyFileUnusable(
            f"{file} may be used by others than its owner (mode {stat.S_IMODE(mode):04o})."
            f" Run: chmod 600 {file}"
        )


def _create(file: Path, text: str) -> None:
    """Write the file atomically and durably, readable by its owner only."""
    try:
        create_file(file, text.encode("ascii"))
    except FileExistsError as error:
        raise KeyFileUnusable(
            f"{file} exists already; a key is never overwritten. Move it away first."
        ) from error
    except OSError as error:
        raise KeyFileUnusable(f"{file} can't be written: {reason_of(error)}") from error
