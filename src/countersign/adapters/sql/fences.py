"""Fences: a leader's writes succeed only while it holds the lease."""

from collections.abc import Callable
from typing import TypeVar

from countersign.adapters.sql.database import Connection
from countersign.adapters.sql.queries import get_query
from countersign.ports.errors import StoreUnavailable
from countersign.ports.stores.processes.leases import FENCE

C = TypeVar("C", bound=Connection)
T = TypeVar("T")


def fenced(work: Callable[[C], T]) -> Callable[[C], T]:
    """Return work that first checks the lease of the present task, if the task needs one.

    Raises:
        StoreUnavailable: by the work that is returned: another process holds the lease.
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
