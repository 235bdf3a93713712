"""The two files through which the command line reaches the running server: token and address."""

import fcntl
import os
import stat
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from socket import gethostname
from typing import Final

from countersign.adapters.files.atomic_files import create_file
from countersign.adapters.files.file_owners import open_private_file
from countersign.adapters.files.server_locks import lock_for_server
from countersign.basics.os_reasons import reason_of
from countersign.ports.randomness import Randomness
from countersign.protocol import unpadded_base64
from countersign.protocol.errors import CountersignError

TOKEN_BYTES: Final = 32
_OTHERS: Final = 0o077
_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")


class AdminFileUnusable(CountersignError):
    """The token or address file is unusable; the message says what to do."""


def ensure_token(file: Path, randomness: Randomness) -> str:
    """Return the token in `file`; creates a file that only its owner can read if there is none.

    Raises:
        AdminFileUnusable: it cannot be read or created, or others may read it.
    """
    try:
        with suppress(FileExistsError):
            token = unpadded_base64.encode_url_safe(randomness.random_bytes(TOKEN_BYTES))
            create_file(file, f"{token}\n".encode("ascii"))
    except OSError as error:
        raise _unusable(file, error) from error
    return _read_token(file)


def _unusable(file: Path, error: OSError) -> AdminFileUnusable:
    return AdminFileUnusable(f"The admin token {file} cannot be used: {reason_of(error)}")


def _read_token(file: Path) -> str:
    try:
        mode = file.stat().st_mode
        if not stat.S_ISREG(mode):
            raise AdminFileUnusable(
                f"The admin token {file} is not a regular file. Move it away: a new one is made."
            )
        if mode & _OTHERS:
            raise AdminFileUnusable(f"Others may read the admin token. Run: chmod 600 {file}")
        token = file.read_text(encoding="ascii").strip()
    except OSError as error:
        raise _unusable(file, error) from error
    except UnicodeDecodeError:
        raise AdminFileUnusable(f"{file} holds no admin token.") from None  # it may be a secret
    if not token:
        raise AdminFileUnusable(f"The admin token {file} is empty. Delete it: a new one is made.")
    return token


class ServerIsRunning(AdminFileUnusable):
    """A server with the same settings is running."""


def check_token(file: Path) -> None:
    """Check that the token in `file`, if there is one, can be used.

    Raises:
        AdminFileUnusable: it cannot be read, or others may read it.
    """
    if file.exists():
        _read_token(file)


def is_server_running(address_file: Path) -> bool:
    """Return True if a running server has locked the address file; changes nothing."""
    try:
        with address_file.open("rb") as note:
            fcntl.flock(note, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


class AdminAddress:
    """The file with the admin listener's address, locked by one running server at a time.

    The lock shows that the server runs. The system releases it however the server ends, so the file
    of a crashed server is recognised as outdated.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @classmethod
    def claim(cls, file: Path) -> "AdminAddress":
        """Lock the file and empty it.

        Raises:
            ServerIsRunning: another server runs with the same settings.
            AdminFileUnusable: it cannot be written.
        """
        try:
            descriptor = open_private_file(file, os.O_RDWR)
        except OSError as error:
            raise AdminFileUnusable(f"{file} cannot be written: {reason_of(error)}") from error
        if not lock_for_server(descriptor):
            os.close(descriptor)
            raise ServerIsRunning(
                f"A server runs with these settings already: {file} says where. "
                "Stop that one first, or give this one settings of its own."
            )
        os.ftruncate(descriptor, 0)
        return cls(descriptor)

    @property
    def process_name(self) -> str:
        """A name that no other running server has, on this machine or another.

        Each running server locks another file. After a restart a server has the same name.
        """
        status = os.fstat(self._descriptor)
        file = f"{status.st_dev}:{status.st_ino}"
        with suppress(OSError):
            file = f"{_BOOT_ID.read_text('ascii').strip()} {file}"
        host = gethostname()
        return f"{host}:{blake2b(f'{host} {file}'.encode(), digest_size=6).hexdigest()}"

    def write(self, address: str, port: int) -> None:
        """Write the admin listener's address.

        Raises:
            AdminFileUnusable: it cannot be written.
        """
        host = f"[{address}]" if ":" in address else address
        try:
            os.pwrite(self._descriptor, f"{host}:{port}\n".encode(), 0)
        except OSError as error:
            raise AdminFileUnusable(
                f"The admin address cannot be written: {reason_of(error)}"
            ) from error

    def release(self) -> None:
        """Empty the file, because the server stops."""
        with suppress(OSError):
            os.ftruncate(self._descriptor, 0)
        os.close(self._descriptor)
