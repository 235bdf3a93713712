"""Joining of a room once more, to get its state again."""

from collections.abc import Sequence

from countersign.service.errors import NotFound
from countersign.service.handshakes.resident_calls import MAX_SERVERS_ASKED, Progress
from countersign.service.rooms.protected_rooms import Rooms
from countersign.service.rooms.room import Room


async def rejoin(
    rooms: Rooms, room_id: str, via: Sequence[str] = (), progress: Progress = lambda _: None
) -> Room:
    """Join a room once more that we are or were in; return it.

    Args:
        rooms: the rooms that we know.
        room_id: the room.
        via: servers to ask before those that we know to be in the room.
        progress: receives lines on what is being done.

    Raises:
        NotFound: we never were in the room.
        JoinFailed, StoreUnavailable: see `RoomJoins.join`.
    """
    room = rooms.get(room_id)
    if room is None:
        raise NotFound(f"We have never been in {room_id}; join it through a server: --via.")
    servers = (*via, *room.via, *room.state.largest_servers(MAX_SERVERS_ASKED))
    return await rooms.join(room_id, servers, progress, force=True)
