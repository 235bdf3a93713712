"""Port: store of direct chats with our user."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """Direct chat of one person with our user, for appeals and reports.

    Attributes:
        room_id: the room.
        user_id: the person.
        language: in which our user writes there, a language tag.
        opened_ts: the time when the person invited our user, in ms since the epoch.
        leave_ts: the time when our user leaves, likewise; nothing that waits keeps it longer.
        is_greeted: our user has said what can be written there.
        is_encrypted: our user has said that it can read nothing there.
        waiting: the keys of decisions that were appealed against there, or whose events were
            reported, and of which our user has not told yet what came of it.
    """

    room_id: str
    user_id: str
    language: str
    opened_ts: int
    leave_ts: int
    is_greeted: bool = False
    is_encrypted: bool = False
    waiting: tuple[bytes, ...] = ()


class ChatStore(Protocol):
    """Stores direct chats; durable once a method returns."""

    async def save(self, chat: Chat) -> None:
        """Store a chat; it replaces the row of its room."""
        ...

    async def all(self) -> list[Chat]:
        """Return every chat, the oldest first."""
        ...

    async def forget(self, room_id: str) -> None:
        """Delete a chat."""
        ...
