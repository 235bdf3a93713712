"""Management rooms of communities, from the settings."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import NamedTuple

import structlog

from countersign.ports.actors import Role
from countersign.ports.errors import PeerRefused, PeerUnavailable, StoreUnavailable
from countersign.ports.federation import FederationClient
from countersign.ports.stores.own_user.management import ManagementStore
from countersign.protocol.identifiers import is_room_id, is_server_name
from countersign.service.rooms.room import Room

log = structlog.get_logger()


class Duty(NamedTuple):
    """Hours of duty of one person.

    Attributes:
        days: weekdays in UTC, 0 for Monday; hours over midnight belong to the day of their start.
        begin: the first minute of the day.
        end: the minute after the last one.
    """

    days: frozenset[int]
    begin: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Management:
    """A community's management room in the settings.

    Attributes:
        community: the community.
        name: the room's ID or alias, or the ID of the user who creates it and invites us.
        moderators: roles by user ID, independent of power levels in the room.
        has_alerts: alerts are sent there.
        quiet: first minute and end of the quiet hours, in minutes of the day (UTC); None for none.
        duty: hours of duty by user ID; alerts mention these users.
    """

    community: str
    name: str
    moderators: Mapping[str, Role] = field(default_factory=dict)
    has_alerts: bool = True
    quiet: tuple[int, int] | None = None
    duty: Mapping[str, Duty] = field(default_factory=dict)


class ManagementRooms:
    """Register of the management rooms.

    An alias means the room that it pointed to when it was first looked up: whoever takes the alias
    over later does not get the community. A user ID means the first suitable room to which that
    user invited us; see `AwaitedRooms`.

    Args:
        managements: the management rooms in the settings.
        federation: looks aliases up.
        store: keeps the rooms of aliases.
    """

    def __init__(
        self,
        managements: Sequence[Management],
        *,
        federation: FederationClient,
        store: ManagementStore,
    ) -> None:
        self.all = tuple(managements)
        self._federation = federation
        self._store = store
        self._room_ids = {each.name: each.name for each in managements if each.name[:1] == "!"}
        self._by_room: dict[str, Management] = {}
        self._troubles: dict[str, str] = {}
        self._notices: list[Callable[[], None]] = []
        self._assign()

    def find(self, room_id: str) -> Management | None:
        """Return the management room with this room ID; None if there is none."""
        return self._by_room.get(room_id)

    def is_management_room(self, room_id: str) -> bool:
        """Return True if the settings name the room as a management room."""
        return room_id in self._by_room

    def room_id_of(self, management: Management) -> str | None:
        """Return the ID of a management room; None while it is not known."""
        return self._room_ids.get(management.name)

    @property
    def are_known(self) -> bool:
        """True if the room of every alias is known by its ID."""
        return all(each.name in self._room_ids for each in self.all if each.name[:1] == "#")

    def is_awaited(self, management: Management) -> bool:
        """Return True if a person is still to create this room and to invite us."""
        return management.name[:1] == "@" and management.name not in self._room_ids

    def awaited_from(self, user_id: str) -> Management | None:
        """Return the management room that a user is still to create; None if there is none."""
        rooms = (each for each in self.all if each.name == user_id)
        return next((each for each in rooms if self.is_awaited(each)), None)

    async def pin(self, management: Management, room_id: str) -> str | None:
        """Fix the room of an awaited management room; return why that is not possible, or None.

        Args:
            management: one for which the settings name a user.
            room_id: a room that we are in, with verified state.
        """
        await self._pin(management.name, room_id)
        return None if management.name in self._room_ids else self._troubles.get(management.name)

    def find_trouble(self, find_room: Callable[[str], Room | None]) -> str | None:
        """Return sentences on management rooms that cannot be used; None if all can."""
        troubles = (self._trouble(each, find_room) for each in self.all)
        return " ".join(each for each in troubles if each) or None

    def _trouble(
        self, management: Management, find_room: Callable[[str], Room | None]
    ) -> str | None:
        room_id = self.room_id_of(management)
        if room_id is None and self.is_awaited(management):
            return self._troubles.get(
                management.name,
                f"The management room of {management.community} is not there yet: have "
                f"{management.name} make a room, invite only and not encrypted, and invite our "
                "user there.",
            )
        if room_id is None:
            return self._troubles.get(management.name, f"{management.name} is not known yet.")
        room = find_room(room_id)
        whose = f"The management room of {management.community}, {management.name},"
        if room is None or not room.is_joined:
            return f"{whose} is not joined: invite our user there."
        if room.state.is_encrypted:
            return f"{whose} is encrypted, so nothing can be read there: take another room."
        return self._troubles.get(management.name)

    def on_change(self, notice: Callable[[], None]) -> None:
        """Call `notice` when the room of an alias becomes known."""
        self._notices.append(notice)

    async def load(self) -> None:
        """Read the stored rooms of aliases.

        Raises:
            StoreUnavailable: they can't be read now.
        """
        for each in self.all:
            room_id = await self._store.room_of(_stored_name(each.name))
            if room_id is not None:
                self._room_ids[each.name] = room_id
        self._assign()

    async def apply_changes(self, changed_after: int) -> None:  # noqa: ARG002 - there are few
        """Take over rooms of aliases that another process found.

        Raises:
            StoreUnavailable: they can't be read now.
        """
        await self.load()
        for notice in self._notices:
            notice()

    async def resolve(self) -> None:
        """Look up the rooms of aliases; known rooms stay."""
        for each in self.all:
            if each.name.startswith("#"):
                await self._resolve(each.name)

    async def _resolve(self, alias: str) -> None:
        server = alias.partition(":")[2]
        remembered = self._room_ids.get(alias)
        try:
            answer = await self._federation.room_for_alias(server, alias)
        except (PeerRefused, PeerUnavailable) as error:
            self._note(alias, None if remembered else f"The room of {alias} is not known: {error}")
            return
        room_id = answer.get("room_id")
        if not is_server_name(server) or not isinstance(room_id, str) or not is_room_id(room_id):
            self._note(alias, None if remembered else f"{server} names no room for {alias}.")
        elif remembered is None:
            await self._pin(alias, room_id)
        elif remembered != room_id:
            self._note(
                alias,
                f"{alias} now names another room than the one that it named first, which stays "
                "the management room. If the new one is meant, put its ID into the settings.",
            )
        else:
            self._note(alias, None)

    async def _pin(self, name: str, room_id: str) -> None:
        if room_id in self._by_room:
            self._note(name, f"The room of {name} is another community's management room.")
            return
        try:
            await self._store.pin_room(_stored_name(name), room_id)
        except StoreUnavailable as error:
            self._note(name, f"The room of {name} cannot be stored: {error}")
            return
        self._note(name, None)
        self._room_ids[name] = room_id
        log.info("a management room is known", name=name, room_id=room_id)
        self._assign()
        for notice in self._notices:
            notice()

    def _note(self, name: str, trouble: str | None) -> None:
        if trouble is None:
            self._troubles.pop(name, None)
        elif self._troubles.get(name) != trouble:
            self._troubles[name] = trouble
            log.warning("a management room", name=name, reason=trouble)

    def _assign(self) -> None:
        self._by_room = {
            room_id: each
            for each in reversed(self.all)
            if (room_id := self._room_ids.get(each.name)) is not None
        }


def _stored_name(name: str) -> str:
    """Return the name under which a room is stored: never a user ID, which is personal data."""
    return f"@{sha256(name.encode()).hexdigest()}" if name[:1] == "@" else name
