"""Other machines that share the database: each that does not lead says so every minute.

One process of a machine may lead, and all of them wait but one. So where none says anything, there
is no other machine.
"""

from typing import Final

import structlog

from countersign.ports.clock import Clock
from countersign.ports.errors import StoreUnavailable
from countersign.ports.stores.processes.changes import ChangeStore, Topic
from countersign.service.processes.leadership import Leadership

SAY_EVERY_SECONDS: Final = 60.0
"""More than a new leader waits for the lease of one that ended, so none of these is counted."""
GONE_AFTER_SECONDS: Final = 200.0
"""Time after which a machine is there no more that said nothing: it may miss two turns."""

log = structlog.get_logger()


class OtherMachines:
    """Knows whether there are any.

    Args:
        leadership: tells whether this process waits for another one's lease.
        changes: carry what machines say.
        clock: ours.
    """

    def __init__(self, leadership: Leadership, changes: ChangeStore, clock: Clock) -> None:
        self._leadership = leadership
        self._changes = changes
        self._clock = clock
        self._heard_at: float | None = None

    def are_there(self) -> bool:
        """Return True if there was one within the last minutes."""
        if self._heard_at is None:
            return False
        return self._clock.monotonic() - self._heard_at < GONE_AFTER_SECONDS

    async def take_changes(self, changed_after: int) -> None:  # noqa: ARG002 - one is enough
        """Take note that a machine said that it is there, be it this one beside a leader."""
        self._heard_at = self._clock.monotonic()

    async def run(self) -> None:
        """Say that we are there whenever another machine leads, for ever."""
        while True:
            await self._clock.sleep(SAY_EVERY_SECONDS)
            if not self._leadership.is_waiting:
                continue
            try:
                await self._changes.note(Topic.MACHINES)
            except StoreUnavailable as error:
                log.info("other machines are not told that we are there", reason=str(error))
