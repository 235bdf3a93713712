"""Port: the lease that makes one process the leader.

A lease is a row with its holder, an epoch that grows with every new holder, and a beat that grows
with every renewal. Waiting processes measure its expiry with their own clocks: a process that sees
the same beat for long enough may take the lease. So machines need not agree on the time.
"""

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A lease.

    Attributes:
        holder: the process that holds it; empty if it was given back.
        epoch: the number of holders so far.
        beat: the number of renewals so far, of all holders.
    """

    holder: str
    epoch: int
    beat: int


FENCE: Final[ContextVar[Lease | None]] = ContextVar("FENCE", default=None)
"""The lease without which the present task may not write; None if it needs none.

Set for the tasks of a leader. Databases check it in the transaction of each write: a leader that
was suspended, and goes on after another took over, changes nothing any more.
"""


class LeaseStore(Protocol):
    """Stores one lease; each call is atomic, and durable on return."""

    async def find(self) -> Lease | None:
        """Return the lease; None if nobody ever held it."""
        ...

    async def acquire(self, holder: str, seen: Lease | None) -> Lease | None:
        """Take the lease if it is still as `seen`; return it, or None.

        Args:
            holder: who takes it; not empty.
            seen: what `find` returned.

        Raises:
            StoreUnavailable: it is not known who holds it.
        """
        ...

    async def renew(self, lease: Lease) -> Lease | None:
        """Renew a lease; return it, or None if another process holds it now.

        Raises:
            StoreUnavailable: it is not known who holds it.
        """
        ...

    async def release(self, lease: Lease) -> None:
        """Give up the lease; does nothing if another process holds it.

        Raises:
            StoreUnavailable: it runs out by itself.
        """
        ...
