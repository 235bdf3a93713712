"""Changes of rooms by other processes: joins, leaves, state, deletion."""

from countersign.ports.stores.rooms import RoomStore
from countersign.service.rooms.protected_rooms import Rooms
from countersign.service.rooms.room import restore_room


class RoomChanges:
    """Takes over rooms that other processes stored.

    Args:
        rooms: the rooms that this process knows.
        store: keeps rooms.
    """

    def __init__(self, rooms: Rooms, store: RoomStore) -> None:
        self._rooms = rooms
        self._store = store

    async def apply(self, changed_after: int) -> None:
        """Take over changed rooms.

        Args:
            changed_after: a number of `Topic.ROOMS`.

        Raises:
            StoreUnavailable: it can't be read now.
        """
        joined_by_room = {room.room_id: room.joined_ts for room in self._rooms.all()}
        for stored in await self._store.changed(changed_after, joined_by_room):
            if joined_by_room.get(stored.room_id) == stored.joined_ts:
                self._rooms.apply_stored(stored, None)
            elif (room := await restore_room(stored)) is not None:
                self._rooms.apply_stored(stored, room)

    async def forget_gone(self, changed_after: int) -> None:  # noqa: ARG002 - no row says which
        """Forget rooms that are no longer stored.

        This process may not know that another one left such a room, since its row is deleted.

        Raises:
            StoreUnavailable: it can't be read now.
        """
        rooms = self._rooms.all()  # a room is stored before it is in memory
        stored = await self._store.room_ids()
        for room in rooms:
            if room.room_id not in stored:
                self._rooms.forget_gone(room)
