"""The rooms of a policy, selected by ID, alias or space."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from countersign.policy.document.mistakes import shown
from countersign.policy.document.value_parser import ValueParser

MAX_ROOMS: Final = 10_000
MAX_ROOM_CHARS: Final = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomSelection:
    """Selection of the rooms of a policy.

    Attributes:
        room_ids: IDs of rooms.
        aliases: aliases of rooms.
        spaces: IDs or aliases of spaces, selected with all their rooms.
        is_rest: True for all rooms that no other policy selects.
    """

    room_ids: frozenset[str] = frozenset()
    aliases: frozenset[str] = frozenset()
    spaces: frozenset[str] = frozenset()
    is_rest: bool = False

    def all_names(self) -> list[str]:
        """Return all IDs and aliases, in order."""
        return sorted(self.room_ids | self.aliases | self.spaces)


ALL_OTHER_ROOMS: Final = RoomSelection(is_rest=True)


def read_room_selection(parser: ValueParser, top: Mapping[str, Any]) -> RoomSelection:
    """Read the value of `rooms`; without that key, a policy is for all other rooms."""
    if "rooms" not in top:
        return ALL_OTHER_ROOMS
    value = top["rooms"]
    if not isinstance(value, list) or not value or len(value) > MAX_ROOMS:
        parser.reject(("rooms",), shown(value), "a list of rooms; leave it out for all other rooms")
        return ALL_OTHER_ROOMS
    rooms: dict[str, set[str]] = {"!": set(), "#": set(), "space": set()}
    for place, entry in enumerate(value):
        is_space = isinstance(entry, dict) and set(entry) == {"space"}
        name = entry["space"] if is_space else entry
        if not isinstance(name, str) or name[:1] not in ("!", "#") or len(name) > MAX_ROOM_CHARS:
            allowed = 'a room ID or alias in quotes ("!room:example.org"), or space: with one'
            parser.reject(("rooms", place), shown(name), allowed)
            continue
        rooms["space" if is_space else name[0]].add(name)
    return RoomSelection(
        room_ids=frozenset(rooms["!"]),
        aliases=frozenset(rooms["#"]),
        spaces=frozenset(rooms["space"]),
    )
