"""Store of the leader's lease."""

from typing import Any

from countersign.adapters.sql.database import Connection, SqlStore
from countersign.adapters.sql.queries import get_query
from countersign.ports.stores.processes.leases import Lease


class SqlLeaseStore(SqlStore):
    """Implements `ports.stores.processes.leases.LeaseStore`."""

    async def find(self) -> Lease | None:
        rows = await self._database.read_rows(get_query("find_lease"), {})
        return _lease(rows[0]) if rows else None

    async def acquire(self, holder: str, seen: Lease | None) -> Lease | None:
        def write(driver: Connection) -> Lease | None:
            if seen is None:
                row = driver.execute(get_query("insert_lease"), {"holder": holder}).fetchone()
            else:
                values = {"holder": holder, "epoch": seen.epoch, "beat": seen.beat}
                row = driver.execute(get_query("take_lease"), values).fetchone()
            return None if row is None else _lease(row)

        return await self._database.write(write)

    async def renew(self, lease: Lease) -> Lease | None:
        def write(driver: Connection) -> Lease | None:
            values = {"holder": lease.holder, "epoch": lease.epoch}
            row = driver.execute(get_query("renew_lease"), values).fetchone()
            return None if row is None else _lease(row)

        return await self._database.write(write)

    async def release(self, lease: Lease) -> None:
        values = {"holder": lease.holder, "epoch": lease.epoch}
        await self._database.write_rows(get_query("give_back_lease"), values)


def _lease(row: Any) -> Lease:
    return Lease(holder=row["holder"], epoch=int(row["epoch"]), beat=int(row["beat"]))
