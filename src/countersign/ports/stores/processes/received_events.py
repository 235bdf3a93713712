"""Port: queue of events from the processes that receive them to the one that follows rooms."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from countersign.protocol.canonical_json import JsonObject

MAX_WAITING: Final = 10_000
"""Maximum number of events that wait in all; beyond it senders are asked to try again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedEvent:
    """An event that was pushed to one of our processes, and whose signatures are right.

    Attributes:
        room_id: its room.
        event_id: its ID.
        sender: its sender.
        origin: the authenticated server that pushed it.
        event: the event as it came.
    """

    room_id: str
    event_id: str
    sender: str
    origin: str
    event: JsonObject


@dataclass(frozen=True, slots=True)
class NumberedReceipt:
    """An event that waits, with its place in the queue."""

    number: int
    received: ReceivedEvent


class ReceivedEventStore(Protocol):
    """Stores events until they are applied; each call is atomic, and durable on return."""

    async def add(self, received: ReceivedEvent) -> None:
        """Add an event at the end of the queue, unless it is queued already.

        Raises:
            StoreUnavailable: it is not known to be stored, or too many wait.
        """
        ...

    async def waiting(self, limit: int) -> Sequence[NumberedReceipt]:
        """Return the first events in the queue, in order."""
        ...

    async def remove(self, numbers: Sequence[int]) -> None:
        """Remove events that were applied, or never will be.

        Raises:
            StoreUnavailable: nothing is known to have changed; they are applied once more.
        """
        ...
