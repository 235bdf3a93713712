"""Secrets that lie in files: keys of services that we ask."""

from pathlib import Path
from typing import Final

from countersign.protocol.errors import CountersignError

MAX_SECRET_BYTES: Final = 4_096


class SecretFileUnusable(CountersignError):
    """The file holds no secret that could be sent; says why, and never what it holds."""


def read_secret(file: Path) -> str:
    """Return the one line that `file` holds.

    Raises:
        SecretFileUnusable: it cannot be read, or holds something else.
    """
    try:
        with file.open("rb") as opened:
            text = opened.read(MAX_SECRET_BYTES + 1)
    except OSError as error:
        raise SecretFileUnusable(f"{file} cannot be read: {error.strerror}") from None
    secret = text.strip()
    if not secret or len(text) > MAX_SECRET_BYTES or not secret.isascii():
        raise SecretFileUnusable(f"{file} does not hold one line with a secret")
    found = secret.decode("ascii")
    if not found.isprintable():
        raise SecretFileUnusable(f"{file} does not hold one line with a secret")
    return found
