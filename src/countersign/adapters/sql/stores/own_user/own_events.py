"""Store of our own user's events.

The tables have the name of the first such events, redactions, since the previous release reads
them.
"""

import json
from collections.abc import Iterable, Mapping

from countersign.adapters.sql.changes import count_change
from countersign.adapters.sql.database import Connection, Row, SqlStore
from countersign.adapters.sql.queries import get_query
from countersign.ports.stores.own_user.own_events import NumberedEvent, OwnEvent
from countersign.ports.stores.processes.changes import Topic


class SqlOwnEventStore(SqlStore):
    """Implements `ports.stores.own_user.own_events.OwnEventStore`."""

    async def add(self, own: OwnEvent) -> NumberedEvent:
        values = {
            "key": own.key,
            "room_id": own.room_id,
            "event_id": own.event_id,
            "event": json.dumps(own.event),
            "made_ts": own.made_ts,
        }

        def write(connection: Connection) -> NumberedEvent:
            connection.execute(get_query("insert_own_event"), values)
            count_change(connection, Topic.OWN_EVENTS)
            return _numbered(connection.execute(get_query("own_event_by_key"), values).fetchone())

        return await self._database.write(write)

    async def find_by_key(self, key: bytes) -> NumberedEvent | None:
        rows = await self._database.read_rows(get_query("own_event_by_key"), {"key": key})
        return _numbered(rows[0]) if rows else None

    async def find_by_event_id(self, event_id: str) -> OwnEvent | None:
        rows = await self._database.read_rows(get_query("own_event_by_id"), {"event_id": event_id})
        return _numbered(rows[0]).own if rows else None

    async def following(
        self, number: int, *, room_ids: Iterable[str], since_ts: int, limit: int
    ) -> list[NumberedEvent]:
        rows = await self._database.read_rows(
            get_query("own_events_after"),
            {
                "number": number,
                "room_ids": json.dumps(list(room_ids)),
                "since_ts": since_ts,
                "limit": limit,
            },
        )
        return [_numbered(row) for row in rows]

    async def newest(self, since_ts: int) -> Mapping[str, tuple[int, int]]:
        rows = await self._database.read_rows(
            get_query("newest_own_events"), {"since_ts": since_ts}
        )
        return {row["room_id"]: (row["number"], row["made_ts"]) for row in rows}

    async def sent(self) -> Mapping[str, int]:
        return {
            row["server"]: row["number"]
            for row in await self._database.read_rows(get_query("own_events_sent"), {})
        }

    async def note_sent(self, server: str, number: int) -> None:
        await self._database.write_rows(
            get_query("note_own_events_sent"), {"server": server, "number": number}
        )

    async def forget_sent(self, below: int) -> None:
        await self._database.write_rows(get_query("forget_own_events_sent"), {"number": below})

    async def forget_messages(self, before_ts: int) -> None:
        await self._database.write_rows(get_query("forget_own_messages"), {"before_ts": before_ts})


def _numbered(row: Row) -> NumberedEvent:
    return NumberedEvent(
        number=row["number"],
        own=OwnEvent(
            key=row["leak_key"],
            room_id=row["room_id"],
            event_id=row["event_id"],
            event=json.loads(row["event"]),
            made_ts=row["made_ts"],
        ),
    )
