"""Secrets in files, such as keys of external services."""

from pathlib import Path
from typing import Final

from countersign.adapters.files.bounded_reading import read_bounded
from countersign.protocol.errors import CountersignError

MAX_SECRET_BYTES: Final = 4_096


class SecretFileUnusable(CountersignError):
    """The file has no usable secret; the message is the reason, without any content of the file."""


def read_secret(file: Path) -> str:
    """Return the only line of `file`.

    Raises:
        SecretFileUnusable: it cannot be read, or has other content.
    """
    try:
        content = read_bounded(file, MAX_SECRET_BYTES + 1)
    except OSError as error:
        raise SecretFileUnusable(f"{file} cannot be read: {error.strerror}") from None
    secret = content.strip()
    if not secret or len(content) > MAX_SECRET_BYTES or not secret.isascii():
        raise SecretFileUnusable(f"{file} does not hold one line with a secret")
    text = secret.decode("ascii")
    if not text.isprintable():
        raise SecretFileUnusable(f"{file} does not hold one line with a secret")
    return text
