"""Places of processes that listen at the same addresses."""

import asyncio
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from countersign.adapters.worker_beats import Beats
from countersign.ports.stores.processes.shared_reports import SharedReports
from countersign.ports.stores.processes.shared_values import SharedValues
from countersign.web.http.listeners import ListenAt
from countersign.web.http.turns import Turns


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Place of a process among those of one server on this machine.

    Each process answers operators and moderators. The first one has state that exists only once,
    such as backtests, and is the one of this machine that may become the leader.

    Attributes:
        number: 0 for the first.
        process: the unique name of this process; empty if there is only one.
        sockets: open listening sockets, by what is served there.
        turns: order of accepting connections; None if there is only one process.
        workers: the number of processes.
        alive: a descriptor that becomes readable when the supervisor ends; None without one.
        pages: the folder of the sockets for metrics and forwarded requests; None for one process.
        values: what processes on this machine share in memory; None for one process.
        reports: the health of all workers; None for one process.
        beats: signs of life for the supervisor; None without one.
    """

    number: int = 0
    process: str = ""
    sockets: Mapping[str, socket.socket] = field(default_factory=dict)
    turns: Turns | None = None
    workers: int = 1
    pages: Path | None = None
    alive: int | None = None
    values: SharedValues | None = None
    reports: SharedReports | None = None
    beats: Beats | None = None

    @property
    def is_supervised(self) -> bool:
        """True if a supervisor started this process."""
        return self.turns is not None

    @property
    def is_first(self) -> bool:
        """True for the process with the state that exists only once."""
        return self.number == 0

    def begin_beats(self) -> None:
        """Show the supervisor that the running event loop goes on, until its end."""
        if self.beats is not None:
            self.beats.begin(self.number, asyncio.get_running_loop())

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
