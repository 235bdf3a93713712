"""Awaited management rooms: a person whom the settings name creates one and invites our user.

It must be a private room of that person. The room state in an invitation is a claim of one server,
so it is used only for an early answer; the decision depends on the room's state after the join.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import structlog

from countersign.protocol.events.pdu import Pdu
from countersign.protocol.rooms.room_state import ENCRYPTION, JOIN_RULES
from countersign.service.management.messenger import Messenger
from countersign.service.management.rooms import Management, ManagementRooms
from countersign.service.management.wording import Exact, Foreign, Wording
from countersign.service.own_events.sending import key_of
from countersign.service.rooms.room import Room

LOOK_EVERY_SECONDS: Final = 2.0
ENTERED_BY_INVITATION: Final = frozenset({"invite", "knock"})
"""Join rules under which nobody enters unless a member lets them in."""

_A_DIRECT_CHAT: Final = "it is a direct chat. Make a room, invite only and not encrypted"
_ENCRYPTED: Final = (
    "it is encrypted, so nothing could be read there. Make a room that is not: encryption cannot "
    "be switched off"
)
_OPEN: Final = "others can enter without an invitation. Make it invite only, and invite me again"
_NO_POWER: Final = (
    "you cannot change who has which power there. Take a room of which you are the administrator"
)

log = structlog.get_logger()


class AwaitedRooms:
    """Takes the first suitable room to which the named person invites us as a management room.

    Args:
        find_room: returns a room that we are in.
    """

    def __init__(self, rooms: ManagementRooms, *, find_room: Callable[[str], Room | None]) -> None:
        self._rooms = rooms
        self._find_room = find_room

    def is_awaited_from(self, user_id: str) -> bool:
        """Return True if the settings name this user, and their room is not known yet."""
        return self._rooms.awaited_from(user_id) is not None

    def find_fault(self, invitation: Pdu, room_state: Sequence[Any]) -> str | None:
        """Return why a room cannot become a management room, as far as an invitation shows.

        Args:
            invitation: by a person whose room is awaited.
            room_state: the `invite_room_state`, unchecked; malformed values are ignored.
        """
        if invitation.content.get("is_direct") is True:
            return _A_DIRECT_CHAT
        contents = {
            each["type"]: each["content"]
            for each in room_state
            if isinstance(each, Mapping)
            and isinstance(each.get("type"), str)
            and isinstance(each.get("content"), Mapping)
        }
        if ENCRYPTION in contents:
            return _ENCRYPTED
        join_rule = contents.get(JOIN_RULES, {}).get("join_rule", "invite")
        # Missing values are checked after the join.
        return _OPEN if isinstance(join_rule, str) and _is_open(join_rule) else None

    async def take(self, invitation: Pdu) -> str | None:
        """Make a joined room the management room; return why that is not possible, or None.

        Args:
            invitation: verified, by a person whose room was awaited.
        """
        management = self._rooms.awaited_from(invitation.sender)
        room = self._find_room(invitation.room_id)
        if management is None or room is None:
            return "another room is the management room already"
        fault = fault_of(room, invitation.sender)
        if fault is None:
            fault = await self._rooms.pin(management, invitation.room_id)
        return fault


class Welcome:
    """Sends the first message in an awaited management room.

    Args:
        messenger: sends it.
        find_room: returns a room that we are in.
    """

    def __init__(
        self,
        rooms: ManagementRooms,
        *,
        messenger: Messenger,
        find_room: Callable[[str], Room | None],
    ) -> None:
        self._rooms = rooms
        self._messenger = messenger
        self._find_room = find_room

    async def run(self) -> None:
        """Look every two seconds until each awaited room was joined and has the message."""
        awaited = [each for each in self._rooms.all if self._rooms.is_awaited(each)]
        while awaited:
            await asyncio.sleep(LOOK_EVERY_SECONDS)
            awaited = [each for each in awaited if not await self.greet(each)]

    async def greet(self, management: Management) -> bool:
        """Send the message if the room was joined; return True if it was sent."""
        room_id = self._rooms.room_id_of(management)
        room = None if room_id is None else self._find_room(room_id)
        if room is None or not room.is_joined:
            return False
        key = key_of("welcome", room.room_id)
        return await self._messenger.say(management, key, welcome_in_words(management)) is not None


def fault_of(room: Room, user_id: str) -> str | None:
    """Return why a room cannot become a user's management room; None if it can."""
    if room.state.is_encrypted:
        return _ENCRYPTED
    if _is_open(room.state.join_rule):
        return _OPEN
    levels = room.state.power_levels
    is_their_own = room.state.membership_of(user_id) == "join" and levels.user_level(
        user_id
    ) >= levels.send_level("m.room.power_levels", is_state=True)
    return None if is_their_own else _NO_POWER


def welcome_in_words(management: Management) -> Wording:
    """Return the first message in a management room."""
    wording = Wording.of("This is now the management room of ", Foreign(management.community), ".")
    wording.line(
        "1. Invite the other moderators. Whoever may ban here is a moderator, whoever may change "
        "power levels here leads; from 50 on."
    )
    wording.line(
        "2. Let nobody read the history who is not a member, and leave the room unencrypted."
    )
    wording.line(
        "3. Invite me to a room that is to be protected, and write ",
        Exact("!cs protect #room:example.org"),
        " here: it says what is missing.",
    )
    wording.line("4. All commands: ", Exact("!cs help"), ". What is refused is told here.")
    return wording


def _is_open(join_rule: str) -> bool:
    return join_rule not in ENTERED_BY_INVITATION
