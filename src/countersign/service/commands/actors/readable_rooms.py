"""Readable rooms: the rooms whose decisions an actor may see, and those of a search."""

from collections.abc import Callable, Collection, Mapping

from countersign.ports.actors import Actor
from countersign.ports.stores.audit import EVERY_COMMUNITY
from countersign.service.commands.actors.permissions import Permissions

RoomNames = Callable[[], Mapping[str, str | None]]
"""Returns the rooms that we are or were in, by ID, each with its name, if it has one."""


class ReadableRooms:
    """Determines the rooms of a search.

    Args:
        permissions: decide what an actor may see.
        names: names of the rooms that we know.
    """

    def __init__(self, permissions: Permissions, names: RoomNames) -> None:
        self._permissions = permissions
        self.names = names

    def of(
        self, actor: Actor, *, room_id: str | None = None, community: str | None = None
    ) -> frozenset[str] | None:
        """Return the IDs of the rooms of a search that the actor may see; None for all rooms.

        Args:
            actor: the actor who searches.
            room_id: the only room of the search; None for all.
            community: the name of the only community of the search; None for all.
        """
        if actor.is_operator and community is None:
            return None if room_id is None else frozenset([room_id])
        room_ids = self.names() if room_id is None else [room_id]
        return frozenset(
            each
            for each in room_ids
            if self._permissions.sees_room(actor, each)
            and community in (None, self._permissions.community_of(each).name)
        )

    def sees(self, actor: Actor, room_id: str) -> bool:
        """Return True if a room exists for an actor."""
        return self._permissions.sees_room(actor, room_id)

    def in_all_rooms(self, actor: Actor, communities: Collection[str]) -> list[str]:
        """Return those of the named communities all of whose rooms exist for an actor."""
        return self._permissions.in_all_rooms(actor, communities)

    def hints(
        self, actor: Actor, *, room_id: str | None, community: str | None = None
    ) -> list[str]:
        """Return sentences about an unknown or misplaced room, for a search that found nothing.

        A room that the actor does not see is unknown to them.
        """
        if room_id is None:
            return []
        if room_id not in self.names() or not self.sees(actor, room_id):
            return [
                f"No room {room_id} is known here; the rooms are listed by: countersign rooms list"
            ]
        its_own = self.community_of(room_id)
        if community not in (None, its_own):
            return [f"The room {room_id} belongs to the community {its_own}, not to {community}."]
        return []

    def community_of(self, room_id: str | None) -> str:
        """Return a room's community for the audit log; `EVERY_COMMUNITY` without a room."""
        if room_id is None:
            return EVERY_COMMUNITY
        return self._permissions.community_of(room_id).name
