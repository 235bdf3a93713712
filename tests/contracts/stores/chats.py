"""The contract of `ChatStore`."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final, TypeAlias

from countersign.ports.stores.own_user.chats import Chat, ChatStore

OpenChats: TypeAlias = Callable[[], ChatStore]

CHAT: Final = Chat(
    room_id="!chat:example.org",
    user_id="@alice:example.org",
    language="de",
    opened_ts=1_000,
    leave_ts=8_000,
)


class ChatStoreContract:
    """Contract tests that every `ChatStore` must pass."""

    async def test_chats_outlive_a_restart(self, open_store: OpenChats) -> None:
        later = replace(CHAT, room_id="!a:example.org", opened_ts=2_000, is_encrypted=True)
        await open_store().save(later)
        await open_store().save(CHAT)

        assert await open_store().all() == [CHAT, later]

    async def test_a_chat_that_is_saved_again_replaces_the_former_one(
        self, open_store: OpenChats
    ) -> None:
        changed = replace(CHAT, is_greeted=True, waiting=(b"k" * 32, b"l" * 32), leave_ts=9_000)
        await open_store().save(CHAT)
        await open_store().save(changed)

        assert await open_store().all() == [changed]

    async def test_a_forgotten_chat_is_gone(self, open_store: OpenChats) -> None:
        await open_store().save(CHAT)
        await open_store().forget(CHAT.room_id)
        await open_store().forget("!never:example.org")

        assert await open_store().all() == []
