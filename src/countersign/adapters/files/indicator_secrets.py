"""The key of the hashes of indicators: a file beside the database."""

from contextlib import suppress
from pathlib import Path
from typing import Final

from countersign.adapters.files.atomic_files import create_file
from countersign.adapters.files.bounded_reading import read_bounded
from countersign.basics.os_reasons import reason_of
from countersign.ports.randomness import Randomness
from countersign.protocol.errors import CountersignError

SECRET_BYTES: Final = 32
FILE_NAME: Final = "indicators.secret"
_OTHERS: Final = 0o077
_MAX_BYTES: Final = 1_024


class IndicatorSecretUnusable(CountersignError):
    """The secret cannot be read or made; the message says what to do."""


def ensure_indicator_secret(folder: Path, randomness: Randomness) -> bytes:
    """Return the 32 bytes of the secret in `folder`; creates one if there is none.

    Raises:
        IndicatorSecretUnusable: it cannot be read or created, or others may read it.
    """
    file = folder / FILE_NAME
    try:
        with suppress(FileExistsError):
            create_file(file, f"{randomness.random_bytes(SECRET_BYTES).hex()}\n".encode("ascii"))
        if file.stat().st_mode & _OTHERS:
            raise IndicatorSecretUnusable(
                f"Others may read the secret {file}. Run: chmod 600 {file}"
            )
        secret = bytes.fromhex(read_bounded(file, _MAX_BYTES).decode("ascii"))
    except OSError as error:
        raise IndicatorSecretUnusable(
            f"The secret {file} cannot be used: {reason_of(error)}"
        ) from error
    except ValueError:  # what it holds may be a secret
        secret = b""
    if len(secret) != SECRET_BYTES:
        raise IndicatorSecretUnusable(
            f"{file} does not hold a secret. Restore it from a backup, or delete it: then a new "
            "one is made, and what members posted and what is bad has to be learned again."
        ) from None
    return secret
