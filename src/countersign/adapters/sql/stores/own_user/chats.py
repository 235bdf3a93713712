"""Store of direct chats with our user."""

import json

from countersign.adapters.sql.changes import write_counted
from countersign.adapters.sql.database import Database, Row
from countersign.adapters.sql.queries import get_query
from countersign.ports.stores.own_user.chats import Chat
from countersign.ports.stores.processes.changes import Topic


class SqlChatStore:
    """Implements `ports.stores.own_user.chats.ChatStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, chat: Chat) -> None:
        await write_counted(
            self._database,
            Topic.CHATS,
            get_query("save_chat"),
            {
                "room_id": chat.room_id,
                "user_id": chat.user_id,
                "language": chat.language,
                "opened_ts": chat.opened_ts,
                "leave_ts": chat.leave_ts,
                "is_greeted": int(chat.is_greeted),
                "is_encrypted": int(chat.is_encrypted),
                "waiting": json.dumps([key.hex() for key in chat.waiting]),
            },
        )

    async def all(self) -> list[Chat]:
        return list(map(_chat, await self._database.read_rows(get_query("chats"), {})))

    async def forget(self, room_id: str) -> None:
        await write_counted(
            self._database, Topic.CHATS, get_query("delete_chat"), {"room_id": room_id}
        )


def _chat(row: Row) -> Chat:
    return Chat(
        room_id=row["room_id"],
        user_id=row["user_id"],
        language=row["language"],
        opened_ts=row["opened_ts"],
        leave_ts=row["leave_ts"],
        is_greeted=bool(row["is_greeted"]),
        is_encrypted=bool(row["is_encrypted"]),
        waiting=tuple(bytes.fromhex(key) for key in json.loads(row["waiting"])),
    )
