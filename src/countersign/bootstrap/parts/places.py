"""Places of processes that answer at the same addresses."""

import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from countersign.web.http.listeners import ListenAt
from countersign.web.http.turns import Turns


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Place of a process among those of one server on this machine.

    Each answers operators and moderators. What is in one process's memory, such as backtests, the
    first has for all; and of this machine's processes it is the one that may lead.

    Attributes:
        number: 0 for the first.
        process: the name of this process, which no other has; empty if there is but one.
        sockets: that listen already, by what is served there.
        turns: of accepting connections; None if there is but one process.
        workers: the number of processes.
        alive: a descriptor that can be read once the supervisor has ended; None without one.
        pages: the folder of the sockets by which they show metrics to each other and pass requests
            on; None if it is alone.
    """

    number: int = 0
    process: str = ""
    sockets: Mapping[str, socket.socket] = field(default_factory=dict)
    turns: Turns | None = None
    workers: int = 1
    pages: Path | None = None
    alive: int | None = None

    @property
    def is_supervised(self) -> bool:
        """True if a supervisor started this process, and maybe others."""
        return self.turns is not None

    @property
    def is_first(self) -> bool:
        """True of the process that has what one process alone has."""
        return self.number == 0

    def at(self, served: str, listen_at: ListenAt) -> ListenAt:
        """Return an address with the socket that listens there already, if one does."""
        return ListenAt(
            address=listen_at.address,
            port=listen_at.port,
            certificate=listen_at.certificate,
            listening=self.sockets.get(served),
        )


ADMIN: Final = "admin"
METRICS: Final = "metrics"
DASHBOARD: Final = "dashboard"
ALONE: Final = Place()
"""The place of the one process of a server."""


def federation_at(index: int) -> str:
    """Return the name of the socket at the address of that index in the settings."""
    return f"federation {index}"
