"""Port: store of handled commands and our messages in management rooms."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnMessage:
    """A message of our user in a management room.

    Attributes:
        key: of what it was sent for, 32 bytes; see `OwnEvent.key`.
        community: the community whose management room it is.
        room_id: the room.
        event_id: the ID of the message.
        also: the IDs of events that belong to it: its edits and our reactions to it.
        references: the references of the decisions that it is about, of which a few are kept.
        is_alert: it was sent unasked.
        sent_ts: the time when it was made, in ms since the epoch.
        refusals: how many refusals it tells of as it was last sent; 0 if it is not about refusals.
    """

    key: bytes
    community: str
    room_id: str
    event_id: str
    also: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    is_alert: bool = False
    sent_ts: int
    refusals: int = 0


class ManagementStore(Protocol):
    """Stores the commands that were handled and our user's messages; durable on return."""

    async def mark_handled(self, event_id: str, now_ts: int) -> bool:
        """Record that an event is being handled; return False if it was before.

        Raises:
            StoreUnavailable: nothing is known to be stored, so it must not be handled.
        """
        ...

    async def save(self, message: OwnMessage) -> None:
        """Store a message of ours; it replaces the row of the same key."""
        ...

    async def find_by_key(self, key: bytes) -> OwnMessage | None:
        """Return the message with this key; None if there is none."""
        ...

    async def find_by_event_id(self, event_id: str) -> OwnMessage | None:
        """Return the message with this event ID; None if it is not ours."""
        ...

    async def alerts_since(self, since_ts: int) -> list[OwnMessage]:
        """Return alerts and digests sent since then, the oldest first."""
        ...

    async def older_than(self, before_ts: int, limit: int) -> list[OwnMessage]:
        """Return up to `limit` messages from before then, the oldest first."""
        ...

    async def forget(self, key: bytes) -> None:
        """Delete a message."""
        ...

    async def forget_handled(self, before_ts: int) -> None:
        """Forget the events that were handled before a moment."""
        ...

    async def room_of(self, name: str) -> str | None:
        """Return the room ID of an alias when it was first resolved."""
        ...

    async def pin_room(self, name: str, room_id: str) -> None:
        """Store the room ID of an alias."""
        ...

    async def described(self, room_id: str) -> bytes | None:
        """Return the digest of the descriptions of commands that a room has; None for none."""
        ...

    async def note_described(self, room_id: str, digest: bytes) -> None:
        """Store which descriptions of commands a room has."""
        ...
