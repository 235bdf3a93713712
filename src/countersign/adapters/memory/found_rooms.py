"""The last known rooms of aliases and spaces, in this process's memory only."""

from collections.abc import Mapping

from countersign.ports.stores.found_rooms import FoundRooms


class MemoryFoundRoomsStore:
    """Implements `ports.stores.found_rooms.FoundRoomsStore`; it begins empty."""

    def __init__(self) -> None:
        self._found: dict[str, FoundRooms] = {}

    async def load(self) -> Mapping[str, FoundRooms]:
        """See `FoundRoomsStore.load`."""
        return dict(self._found)

    async def save(self, found: Mapping[str, FoundRooms]) -> None:
        """See `FoundRoomsStore.save`."""
        self._found = dict(found)
