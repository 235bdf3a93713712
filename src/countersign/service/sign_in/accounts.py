"""Accounts: what the holder of a Matrix account may do, asked anew at every request."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

from countersign.ports.actors import Actor, ActorKind, Face, Role, Scope
from countersign.service.management.moderators import may_ban, role_of
from countersign.service.management.rooms import ManagementRooms
from countersign.service.rooms.protected_rooms import Rooms


class Accounts:
    """Knows the roles of Matrix accounts.

    A role in a community comes from its management room, as for commands that are written there:
    whoever is not joined to it has none. Of a community without a management room, the settings
    alone name who moderates.

    Args:
        management_rooms: those that the settings name.
        named: of each community, the roles that the settings give, by user ID.
        rooms: the rooms that we are in.
        community_of: tells to which community a room belongs.
        has_room_moderators: whoever may ban in a protected room sees what is refused there, and
            allows it there.
    """

    def __init__(
        self,
        management_rooms: ManagementRooms,
        named: Mapping[str, Mapping[str, Role]],
        *,
        rooms: Rooms,
        community_of: Callable[[str], str],
        has_room_moderators: bool,
    ) -> None:
        self._management_rooms = management_rooms
        self._named = named
        self._rooms = rooms
        self._community_of = community_of
        self._has_room_moderators = has_room_moderators

    @property
    def has_management_rooms(self) -> bool:
        """True if somebody can sign in by a code in a room."""
        return bool(self._management_rooms.all)

    def find(self, user_id: str) -> Actor | None:
        """Return the holder of an account as an actor on the dashboard; None without any role."""
        scopes = (*self._in_communities(user_id), *self._in_rooms(user_id))
        if not scopes:
            return None
        return Actor(
            name=user_id, kind=ActorKind.MODERATOR, face=Face.DASHBOARD, scopes=tuple(scopes)
        )

    def _in_communities(self, user_id: str) -> Iterable[Scope]:
        with_room = {each.community: each for each in self._management_rooms.all}
        for management in with_room.values():
            room_id = self._management_rooms.room_id_of(management)
            room = None if room_id is None else self._rooms.get(room_id)
            if room is None or not room.is_joined:
                continue
            role = role_of(user_id, management, room)
            if role is not None:
                yield Scope(role=role, community=management.community)
        for community, roles in self._named.items():
            if community not in with_room and user_id in roles:
                yield Scope(role=roles[user_id], community=community)

    def _in_rooms(self, user_id: str) -> Iterable[Scope]:
        """Yield what power in protected rooms gives: reading and allowing there, and no more.

        Their state is followed, not resolved, so no role may reach beyond the room.
        """
        if not self._has_room_moderators:
            return
        of_community: dict[str, set[str]] = defaultdict(set)
        for room in self._rooms.all():
            is_protected = room.is_joined and not (room.is_list_only or room.is_management_only)
            if is_protected and may_ban(user_id, room):
                of_community[self._community_of(room.room_id)].add(room.room_id)
        for community, room_ids in of_community.items():
            yield Scope(role=Role.JUNIOR, community=community, rooms=frozenset(room_ids))
