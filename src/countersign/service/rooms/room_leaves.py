"""Leaves of rooms, one at a time for each room."""

import structlog

from countersign.service.handshakes.leaving import LeaveFailed, Leaving
from countersign.service.handshakes.resident_calls import servers_to_ask
from countersign.service.identity import Identity
from countersign.service.rooms.room import Room
from countersign.service.rooms.room_follower import RoomFollower
from countersign.service.single_flight import SingleFlight

log = structlog.get_logger()


class RoomLeaves:
    """Current leaves.

    Args:
        leaving: the handshake.
        follower: stores our membership.
    """

    def __init__(self, identity: Identity, *, leaving: Leaving, follower: RoomFollower) -> None:
        self._identity = identity
        self._leaving = leaving
        self._follower = follower
        self._leaves: SingleFlight[str, Room] = SingleFlight()

    async def leave(self, room: Room, *, force: bool) -> Room:
        """Leave a room and store that; a second call for the room waits for the first.

        Raises:
            LeaveFailed: no server accepted our leave, and it was not forced.
            StoreUnavailable: we left, but that is not stored.
        """
        return await self._leaves.run(room.room_id, lambda: self._leave(room, force=force))

    async def _leave(self, room: Room, *, force: bool) -> Room:
        servers = servers_to_ask(
            room.via, room.state.joined_servers(), ourselves=self._identity.server_name
        )
        note = ""
        try:
            await self._leaving.leave(room.room_id, room.rules, servers, room.state.room_policy)
        except LeaveFailed as error:
            if not force:
                raise
            note = "forgotten here; no server of the room took our leave"
            log.warning(note, room_id=room.room_id, reason=str(error))
        await self._follower.change_membership(room, "left", note)
        return room
