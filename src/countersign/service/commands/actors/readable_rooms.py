"""Readable rooms: those whose decisions an actor may see, and those that a search is about."""

from collections.abc import Callable, Mapping

from countersign.ports.actors import Actor
from countersign.ports.stores.audit import EVERY_COMMUNITY
from countersign.service.commands.actors.permissions import Permissions

RoomNames = Callable[[], Mapping[str, str | None]]
"""Returns the rooms that we are or were in, by ID, each with its name, if it has one."""


class ReadableRooms:
    """Tells which rooms a question is about.

    Args:
        permissions: what an actor may see.
        names: of the rooms that we know.
    """

    def __init__(self, permissions: Permissions, names: RoomNames) -> None:
        self._permissions = permissions
        self.names = names

    def of(
        self, actor: Actor, *, room_id: str | None = None, community: str | None = None
    ) -> frozenset[str] | None:
        """Return the IDs of the rooms whose decisions an actor means and sees; None for any room.

        Args:
            actor: who asks.
            room_id: the one that is meant; None for all.
            community: the name of the one whose rooms are meant; None for all.
        """
        if actor.is_operator and community is None:
            return None if room_id is None else frozenset([room_id])
        known = self.names() if room_id is None else [room_id]
        return frozenset(
            each
            for each in known
            if self._permissions.sees_room(actor, each)
            and community in (None, self._permissions.community_of(each).name)
        )

    def sees(self, actor: Actor, room_id: str) -> bool:
        """Return True if a room exists for an actor."""
        return self._permissions.sees_room(actor, room_id)

    def community_of(self, room_id: str | None) -> str:
        """Return the name of a room's community, for the audit log; all of them for any room."""
        if room_id is None:
            return EVERY_COMMUNITY
        return self._permissions.community_of(room_id).name
