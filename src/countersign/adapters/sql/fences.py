"""Check that a leader still holds the lease when it writes."""

from collections.abc import Callable
from typing import TypeVar

from countersign.adapters.sql.database import Connection
from countersign.adapters.sql.queries import get_query
from countersign.ports.errors import StoreUnavailable
from countersign.ports.stores.processes.leases import FENCE

C = TypeVar("C", bound=Connection)
T = TypeVar("T")


def fenced(work: Callable[[C], T]) -> Callable[[C], T]:
    """Wrap work with a check of the current task's lease; work without a lease is unchanged.

    Raises:
        StoreUnavailable: raised by the returned work if another process holds the lease.
    """
    lease = FENCE.get()
    if lease is None:
        return work
    values = {"holder": lease.holder, "epoch": lease.epoch}

    def checked(driver: C) -> T:
        if driver.execute(get_query("is_lease_held"), values).fetchone() is None:
            raise StoreUnavailable("Another process leads now.")
        return work(driver)

    return checked
