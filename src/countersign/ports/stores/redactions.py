"""The port through which the redactions that our own user made are kept."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from countersign.protocol.canonical_json import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnRedaction:
    """A redaction by our user, signed and ready to be sent.

    Attributes:
        leak_key: of the leak that it redacts; each has one redaction at most.
        room_id: the room.
        event_id: of the redaction itself.
        event: the whole event.
        made_ts: when it was made, in ms since the epoch.
    """

    leak_key: bytes
    room_id: str
    event_id: str
    event: JsonObject
    made_ts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberedRedaction:
    """A stored redaction with its number; later ones have greater numbers."""

    number: int
    redaction: OwnRedaction


class RedactionStore(Protocol):
    """Keeps each redaction, and how many of them each server has; durable on return."""

    async def add(self, redaction: OwnRedaction) -> NumberedRedaction:
        """Store a redaction; return the one that stands, which is the first of its leak.

        Raises:
            StoreUnavailable: nothing is known to be stored.
        """
        ...

    async def of_leak(self, leak_key: bytes) -> NumberedRedaction | None:
        """Return the redaction of a leak; None if it has none.

        Raises:
            StoreUnavailable: the store can't be read now.
        """
        ...

    async def by_event_id(self, event_id: str) -> OwnRedaction | None:
        """Return the redaction of that event ID; None if we made none.

        Raises:
            StoreUnavailable: the store can't be read now.
        """
        ...

    async def following(
        self, number: int, *, room_ids: Iterable[str], since_ts: int, limit: int
    ) -> list[NumberedRedaction]:
        """Return up to `limit` redactions after `number`, in order.

        Args:
            number: of the last one that is not wanted.
            room_ids: only redactions in these rooms.
            since_ts: only those made since then, in ms since the epoch.
            limit: how many at most.

        Raises:
            StoreUnavailable: the store can't be read now.
        """
        ...

    async def newest(self, since_ts: int) -> Mapping[str, tuple[int, int]]:
        """Return, by room, number and moment of the newest redaction made since `since_ts`.

        Raises:
            StoreUnavailable: the store can't be read now.
        """
        ...

    async def sent(self) -> Mapping[str, int]:
        """Return up to which number each server has what it is to have.

        Raises:
            StoreUnavailable: the store can't be read now.
        """
        ...

    async def note_sent(self, server: str, number: int) -> None:
        """Store that a server has what it is to have up to this number.

        Raises:
            StoreUnavailable: nothing is known to be stored.
        """
        ...

    async def forget_sent(self, below: int) -> None:
        """Forget the servers that have had nothing since the redaction of this number.

        Raises:
            StoreUnavailable: nothing is known to have changed.
        """
        ...
