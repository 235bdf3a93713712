"""The two files by which the command line finds the running server: its token and its address."""

import os
from contextlib import suppress
from pathlib import Path

from countersign.ports.randomness import Randomness
from countersign.protocol import unpadded_base64
from countersign.protocol.errors import CountersignError

TOKEN_BYTES = 32
OWNER_ONLY = 0o600


class AdminFileUnusable(CountersignError):
    """The token or the address cannot be kept; the message says what to do."""


def ensure_token(file: Path, randomness: Randomness) -> str:
    """Return the token in `file`, after making one if there is none, readable by its owner only.

    Raises:
        AdminFileUnusable: it cannot be read or made, or others may read it.
    """
    try:
        with suppress(FileExistsError):
            token = unpadded_base64.encode_url_safe(randomness.random_bytes(TOKEN_BYTES))
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
            with os.fdopen(descriptor, "w", encoding="ascii") as new:
                new.write(f"{token}\n")
        if file.stat().st_mode & 0o077:
            raise AdminFileUnusable(f"Others may read the admin token. Run: chmod 600 {file}")
        found = file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise AdminFileUnusable(f"The admin token {file} cannot be used: {error}.") from error
    if not found:
        raise AdminFileUnusable(f"The admin token {file} is empty. Delete it: a new one is made.")
    return found


def write_address(file: Path, address: str, port: int) -> None:
    """Note where the admin listener is, for the command line.

    Raises:
        AdminFileUnusable: the file cannot be written.
    """
    host = f"[{address}]" if ":" in address else address
    try:
        file.write_text(f"{host}:{port}\n", encoding="ascii")
    except OSError as error:
        raise AdminFileUnusable(f"{file} cannot be written: {error.strerror}.") from error


def forget_address(file: Path) -> None:
    """Remove the note, as the server is not there any more."""
    with suppress(OSError):
        file.unlink()
