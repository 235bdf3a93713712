"""Store of received events that wait for the process that follows rooms."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from countersign.adapters.sql.database import Connection, Database
from countersign.adapters.sql.grouped_writes import GroupedWrites
from countersign.adapters.sql.queries import get_query
from countersign.adapters.sql.stores.records import record_from, values_of
from countersign.ports.errors import StoreUnavailable
from countersign.ports.stores.processes.received_events import (
    MAX_WAITING,
    NumberedReceipt,
    ReceivedEvent,
)

_COUNT_SECONDS: Final = 1.0
"""Time for which it is known how many events wait, but for those that this process added."""


class SqlReceivedEventStore:
    """Implements `ports.stores.processes.received_events.ReceivedEventStore`."""

    def __init__(self, database: Database, *, max_waiting: int = MAX_WAITING) -> None:
        self._database = database
        self._max_waiting = max_waiting
        self._events = GroupedWrites(database, _insert)
        self._room_for = 0
        self._counted_at = 0.0

    async def add(self, received: ReceivedEvent) -> None:
        values = values_of(received, event=msgspec.json.encode(received.event).decode())
        now = asyncio.get_running_loop().time()
        if self._room_for <= 0 or now - self._counted_at >= _COUNT_SECONDS:
            # Outside the transaction, so events that come at once may exceed the limit.
            (counted,) = await self._database.read_rows(get_query("count_received_events"), {})
            self._room_for, self._counted_at = self._max_waiting - counted["waiting"], now
        if self._room_for <= 0:
            raise StoreUnavailable("Too many received events wait for the leader.")
        self._room_for -= 1
        await self._events.add(values)

    async def waiting(self, limit: int) -> Sequence[NumberedReceipt]:
        rows = await self._database.read_rows(get_query("received_events"), {"limit": limit})
        return [
            NumberedReceipt(
                int(row["number"]),
                record_from(ReceivedEvent, row, event=msgspec.json.decode),
            )
            for row in rows
        ]

    async def remove(self, numbers: Sequence[int]) -> None:
        def write(driver: Connection) -> None:
            values = [{"number": number} for number in numbers]
            driver.executemany(get_query("delete_received_event"), values)

        await self._database.write(write)


def _insert(connection: Connection, events: Sequence[Mapping[str, Any]]) -> None:
    connection.executemany(get_query("insert_received_event"), events)
