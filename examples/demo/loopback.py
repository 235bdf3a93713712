"""Free ports on loopback addresses, and waiting until a server listens there."""

import socket
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class NotReadyInTimeError(Exception):
    """Something that should have happened did not happen in time."""


def free_port(address: str = "127.0.0.1", preferred: int = 0) -> int:
    """Return a TCP port that nothing listens on at `address`: the preferred one if it is free."""
    for port in (preferred, 0):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port))
            except OSError:
                if port == 0:
                    raise
                continue
            found: int = probe.getsockname()[1]
            return found
    raise AssertionError("port 0 is always tried last")


def wait_until(
    probe: Callable[[], T | None],
    what: str,
    *,
    timeout_seconds: float = 120,
    pause_seconds: float = 0.1,
) -> T:
    """Call `probe` until it returns something true, and return that.

    Raises:
        NotReadyInTimeError: it never did; the message names `what`.
    """
    deadline = time.monotonic() + timeout_seconds  # noqa: TID251 - no Clock port out here
    while True:
        if found := probe():
            return found
        if time.monotonic() > deadline:  # noqa: TID251 - as above
            raise NotReadyInTimeError(f"{what}: not within {timeout_seconds:g} s")
        time.sleep(pause_seconds)
