"""Roles of Matrix accounts, determined again at every request."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

from countersign.ports.actors import Actor, ActorKind, Face, Role, Scope
from countersign.service.management.moderators import may_ban, role_of
from countersign.service.management.rooms import ManagementRooms
from countersign.service.rooms.protected_rooms import Rooms


class Accounts:
    """Finds the roles of Matrix accounts.

    A role in a community comes from its management room, as for commands there: an account that is
    not joined to the room has none. If a community has no management room, only the settings name
    its moderators.

    Args:
        management_rooms: the management rooms in the settings.
        named: the roles in the settings, by community and user ID.
        rooms: the rooms that we are in.
        community_of: returns the community of a room.
        has_room_moderators: accounts that may ban in a protected room can see and allow what is
            refused there.
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
        """True if sign-in by a code in a management room is possible."""
        return bool(self._management_rooms.all)

    def find(self, user_id: str) -> Actor | None:
        """Return an account as an actor on the dashboard; None if it has no role."""
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
        """Yield scopes from power levels in protected rooms: reading and allowing there only.

        We follow the state of rooms without resolving it, so these roles are limited to the room.
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
