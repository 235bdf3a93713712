"""Calls of a Valkey or Redis server: what was sent, who takes the reply, and until when."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from countersign.ports.errors import StoreUnavailable

Replied = Callable[[Any], None]
"""Takes a reply, or an error in its place."""


class SharedMemoryLost(StoreUnavailable):
    """The server does not answer, or not in time; what was asked of it may have happened."""


class Call(NamedTuple):
    """A command that was sent: who takes its reply, or its replies, and until when."""

    sent: bytes
    replied: Sequence[Replied]
    due_at: float
    is_script: bool = False
