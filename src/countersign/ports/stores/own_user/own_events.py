"""Port: store of events that our own user made."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from countersign.protocol.canonical_json import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnEvent:
    """An event by our user, signed and ready to be sent.

    Attributes:
        key: of what it was made for, such as a leak that it redacts; each has one event at most.
        room_id: the room.
        event_id: the ID of the event itself.
        event: the whole event.
        made_ts: the time when it was made, in ms since the epoch.
    """

    key: bytes
    room_id: str
    event_id: str
    event: JsonObject
    made_ts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberedEvent:
    """A stored event with its number; later ones have greater numbers."""

    number: int
    own: OwnEvent


class OwnEventStore(Protocol):
    """Stores our events, and the number that each server has received; durable on return."""

    async def add(self, own: OwnEvent) -> NumberedEvent:
        """Store an event; return the stored one, which is the first of its key."""
        ...

    async def find_by_key(self, key: bytes) -> NumberedEvent | None:
        """Return the event with this key; None if there is none."""
        ...

    async def find_by_event_id(self, event_id: str) -> OwnEvent | None:
        """Return the event with this ID; None if it is not ours."""
        ...

    async def following(
        self, number: int, *, room_ids: Iterable[str], since_ts: int, limit: int
    ) -> list[NumberedEvent]:
        """Return up to `limit` events after `number`, in order.

        Args:
            number: the number of the last one that is not wanted.
            room_ids: only events in these rooms.
            since_ts: only those made since then, in ms since the epoch.
            limit: maximum number.
        """
        ...

    async def newest(self, since_ts: int) -> Mapping[str, tuple[int, int]]:
        """Return the room, number and time of the newest event of each room since a moment."""
        ...

    async def sent(self) -> Mapping[str, int]:
        """Return the number of the last event delivered to each server."""
        ...

    async def note_sent(self, server: str, number: int) -> None:
        """Store the number of the last event delivered to a server."""
        ...

    async def forget_sent(self, below: int) -> None:
        """Forget the servers that have received nothing after this number."""
        ...

    async def forget_messages(self, before_ts: int) -> None:
        """Delete events older than a moment (ms since the epoch), redactions excepted."""
        ...
