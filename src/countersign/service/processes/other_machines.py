"""Detection of other machines that share the database: each one without the leader reports itself.

One process of each machine may lead; all of them but the leader wait and send a report every
minute. So without reports there is no other machine.
"""

from typing import Final

import structlog

from countersign.ports.clock import Clock
from countersign.ports.errors import StoreUnavailable
from countersign.ports.stores.processes.changes import ChangeStore, Topic
from countersign.service.processes.leadership import Leadership

SAY_EVERY_SECONDS: Final = 60.0
"""Interval between reports. A wait for the lease of a process that ended is shorter: no report."""
GONE_AFTER_SECONDS: Final = 200.0
"""Time without a report after which a machine is gone: it may miss two reports."""

log = structlog.get_logger()


class OtherMachines:
    """Detects other machines that share the database.

    Args:
        leadership: knows whether this process waits for another one's lease.
        changes: carry the reports.
    """

    def __init__(self, leadership: Leadership, changes: ChangeStore, clock: Clock) -> None:
        self._leadership = leadership
        self._changes = changes
        self._clock = clock
        self._heard_at: float | None = None

    def are_there(self) -> bool:
        """Return True if there was a report within the last minutes."""
        if self._heard_at is None:
            return False
        return self._clock.monotonic() - self._heard_at < GONE_AFTER_SECONDS

    async def apply_changes(self, changed_after: int) -> None:  # noqa: ARG002 - one is enough
        """Record a report of a machine, which may be this one if another leads."""
        self._heard_at = self._clock.monotonic()

    async def run(self) -> None:
        """Send reports while another machine leads, until cancelled."""
        while True:
            await self._clock.sleep(SAY_EVERY_SECONDS)
            if not self._leadership.is_waiting:
                continue
            try:
                await self._changes.note(Topic.MACHINES)
            except StoreUnavailable as error:
                log.info("other machines are not told that we are there", reason=str(error))
