"""Port: store of the last known rooms of aliases and spaces."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class FoundRooms:
    """Rooms of an alias or a space when it was last resolved.

    Attributes:
        room_ids: its rooms, the space itself among them.
        servers: who may be asked about it, best first.
    """

    room_ids: frozenset[str]
    servers: tuple[str, ...] = ()


class FoundRoomsStore(Protocol):
    """Stores the rooms of aliases and spaces by name; the later of two saves wins."""

    async def load(self) -> Mapping[str, FoundRooms]:
        """Return the rooms that were saved last; empty if none were."""
        ...

    async def save(self, found_rooms: Mapping[str, FoundRooms]) -> None:
        """Replace all that was saved; durable on return."""
        ...
