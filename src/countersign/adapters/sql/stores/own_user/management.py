"""Store of handled commands and our messages in management rooms."""

import json

from countersign.adapters.sql.changes import write_counted
from countersign.adapters.sql.database import Connection, Row, SqlStore
from countersign.adapters.sql.queries import get_query
from countersign.ports.stores.own_user.management import OwnMessage
from countersign.ports.stores.processes.changes import Topic


class SqlManagementStore(SqlStore):
    """Implements `ports.stores.own_user.management.ManagementStore`."""

    async def mark_handled(self, event_id: str, now_ts: int) -> bool:
        values = {"event_id": event_id, "heeded_ts": now_ts}

        def write(connection: Connection) -> bool:
            return connection.execute(get_query("mark_event_handled"), values).rowcount == 1

        return await self._database.write(write)

    async def save(self, message: OwnMessage) -> None:
        await self._database.write_rows(
            get_query("save_management_message"),
            {
                "key": message.key,
                "community": message.community,
                "room_id": message.room_id,
                "event_id": message.event_id,
                "also": json.dumps(message.also),
                "refs": json.dumps(message.references),
                "is_alert": message.is_alert,
                "sent_ts": message.sent_ts,
                "told": message.refusals,
            },
        )

    async def find_by_key(self, key: bytes) -> OwnMessage | None:
        messages = await self._messages("management_message_by_key", key=key)
        return messages[0] if messages else None

    async def find_by_event_id(self, event_id: str) -> OwnMessage | None:
        messages = await self._messages("management_message_by_id", event_id=event_id)
        return messages[0] if messages else None

    async def alerts_since(self, since_ts: int) -> list[OwnMessage]:
        return await self._messages("management_alerts_since", since_ts=since_ts)

    async def older_than(self, before_ts: int, limit: int) -> list[OwnMessage]:
        return await self._messages("management_messages_before", before_ts=before_ts, limit=limit)

    async def forget(self, key: bytes) -> None:
        await self._database.write_rows(get_query("forget_management_message"), {"key": key})

    async def forget_handled(self, before_ts: int) -> None:
        await self._database.write_rows(
            get_query("forget_handled_events"), {"before_ts": before_ts}
        )

    async def room_of(self, name: str) -> str | None:
        rows = await self._database.read_rows(get_query("management_room_by_name"), {"name": name})
        return rows[0]["room_id"] if rows else None

    async def pin_room(self, name: str, room_id: str) -> None:
        query, values = get_query("pin_management_room"), {"name": name, "room_id": room_id}
        await write_counted(self._database, Topic.MANAGEMENT_ROOMS, query, values)

    async def described(self, room_id: str) -> bytes | None:
        rows = await self._database.read_rows(
            get_query("command_descriptions_of"), {"room_id": room_id}
        )
        return rows[0]["digest"] if rows else None

    async def note_described(self, room_id: str, digest: bytes) -> None:
        await self._database.write_rows(
            get_query("note_command_descriptions"), {"room_id": room_id, "digest": digest}
        )

    async def _messages(self, query: str, **values: object) -> list[OwnMessage]:
        return [_message(row) for row in await self._database.read_rows(get_query(query), values)]


def _message(row: Row) -> OwnMessage:
    return OwnMessage(
        key=row["key"],
        community=row["community"],
        room_id=row["room_id"],
        event_id=row["event_id"],
        also=tuple(json.loads(row["also"])),
        references=tuple(json.loads(row["refs"])),
        is_alert=bool(row["is_alert"]),
        sent_ts=row["sent_ts"],
        refusals=row["told"],
    )
