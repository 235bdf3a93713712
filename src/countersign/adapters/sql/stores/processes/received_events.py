"""Store of received events that wait for the process that follows rooms."""

from collections.abc import Sequence

import msgspec

from countersign.adapters.sql.database import Connection, Database
from countersign.adapters.sql.queries import get_query
from countersign.ports.errors import StoreUnavailable
from countersign.ports.stores.processes.received_events import (
    MAX_WAITING,
    NumberedReceipt,
    ReceivedEvent,
)


class SqlReceivedEventStore:
    """Implements `ports.stores.processes.received_events.ReceivedEventStore`."""

    def __init__(self, database: Database, *, max_waiting: int = MAX_WAITING) -> None:
        self._database = database
        self._max_waiting = max_waiting

    async def add(self, received: ReceivedEvent) -> None:
        """See `ReceivedEventStore.add`."""
        values = {
            "room_id": received.room_id,
            "event_id": received.event_id,
            "sender": received.sender,
            "origin": received.origin,
            "event": msgspec.json.encode(received.event).decode(),
        }

        # Counted outside the transaction, so events that come at once may exceed the limit.
        (counted,) = await self._database.read_rows(get_query("count_received_events"), {})
        if counted["waiting"] >= self._max_waiting:
            raise StoreUnavailable("Too many received events wait for the leader.")
        await self._database.write_rows(get_query("insert_received_event"), values)

    async def waiting(self, limit: int) -> Sequence[NumberedReceipt]:
        """See `ReceivedEventStore.waiting`."""
        rows = await self._database.read_rows(get_query("received_events"), {"limit": limit})
        return [
            NumberedReceipt(
                int(row["number"]),
                ReceivedEvent(
                    room_id=row["room_id"],
                    event_id=row["event_id"],
                    sender=row["sender"],
                    origin=row["origin"],
                    event=msgspec.json.decode(row["event"]),
                ),
            )
            for row in rows
        ]

    async def remove(self, numbers: Sequence[int]) -> None:
        """See `ReceivedEventStore.remove`."""

        def write(driver: Connection) -> None:
            for number in numbers:
                driver.execute(get_query("delete_received_event"), {"number": number})

        await self._database.write(write)
