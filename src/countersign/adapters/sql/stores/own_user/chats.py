"""Store of direct chats with our user."""

import json

from countersign.adapters.sql.changes import write_counted
from countersign.adapters.sql.database import Row, SqlStore
from countersign.adapters.sql.queries import get_query
from countersign.adapters.sql.stores.records import record_from, values_of
from countersign.ports.stores.own_user.chats import Chat
from countersign.ports.stores.processes.changes import Topic


class SqlChatStore(SqlStore):
    """Implements `ports.stores.own_user.chats.ChatStore`."""

    async def save(self, chat: Chat) -> None:
        await write_counted(
            self._database,
            Topic.CHATS,
            get_query("save_chat"),
            values_of(
                chat,
                is_greeted=int(chat.is_greeted),
                is_encrypted=int(chat.is_encrypted),
                waiting=json.dumps([key.hex() for key in chat.waiting]),
            ),
        )

    async def all(self) -> list[Chat]:
        return list(map(_chat, await self._database.read_rows(get_query("chats"), {})))

    async def forget(self, room_id: str) -> None:
        await write_counted(
            self._database, Topic.CHATS, get_query("delete_chat"), {"room_id": room_id}
        )


def _chat(row: Row) -> Chat:
    return record_from(Chat, row, is_greeted=bool, is_encrypted=bool, waiting=_keys)


def _keys(text: str) -> tuple[bytes, ...]:
    return tuple(map(bytes.fromhex, json.loads(text)))
