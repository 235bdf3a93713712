"""The policies in force of all communities."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

import structlog

from countersign.policy.policies.dependencies import followed_lists
from countersign.policy.policies.policy_documents import Policy
from countersign.protocol.errors import CountersignError

DEFAULT_COMMUNITY: Final = "default"
"""The community of all rooms that belong to no other community."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Community:
    """Rooms that share a policy, with its counts and records.

    Attributes:
        name: the name of its policy file; `default` for all other rooms.
        policy: its policy in force.
    """

    name: str
    policy: Policy


class RoomNames(NamedTuple):
    """Aliases and spaces in policies whose room IDs have to be looked up.

    Attributes:
        aliases: rooms by alias.
        spaces: spaces by ID or alias.
    """

    aliases: frozenset[str]
    spaces: frozenset[str]

    def all(self) -> frozenset[str]:
        """Return every name."""
        return self.aliases | self.spaces


class Policies:
    """Holds the policies in force. A request gets its policy once, and is judged by that object.

    Args:
        policies: by community; one is the default.

    Attributes:
        trouble: the reason why the policies in force differ from the policy files; None if they do
            not.
    """

    def __init__(self, policies: Mapping[str, Policy]) -> None:
        self.trouble: str | None = None
        self._found: Mapping[str, frozenset[str]] = {}
        self._communities: dict[str, Community] = {}
        self._by_room: dict[str, Community] = {}
        self._lists: frozenset[str] = frozenset()
        self._languages: dict[str, str] = {}
        self._default: Community
        self._notices: list[Callable[[], None]] = []
        self._put_in_force(policies)

    @property
    def current(self) -> Policy:
        """The default policy in force."""
        return self._default.policy

    def all(self) -> tuple[Community, ...]:
        """Return every community, the default first."""
        communities = (self._communities[name] for name in sorted(self._communities))
        return (self._default, *(each for each in communities if each is not self._default))

    def find(self, name: str) -> Community | None:
        """Return the community of that name."""
        return self._communities.get(name)

    def for_room(self, room_id: str) -> Community:
        """Return the community that a room belongs to."""
        return self._by_room.get(room_id, self._default)

    def is_list_only(self, room_id: str) -> bool:
        """Return True if policies follow the room as a list, and no policy lists it as its room."""
        return room_id in self._lists and not any(
            room_id in each.policy.rooms.room_ids for each in self._communities.values()
        )

    def language_of(self, room_id: str | None) -> str:
        """Return the language of a room's people, a language tag.

        Args:
            room_id: the room; None if it is unknown.
        """
        language = self._languages.get(room_id or "")
        if language is not None:
            return language
        return self._by_room.get(room_id or "", self._default).policy.languages.default

    def on_change(self, notice: Callable[[], None]) -> None:
        """Call `notice` whenever policies were put in force."""
        self._notices.append(notice)

    def named_rooms(self) -> RoomNames:
        """Return the aliases and spaces that policies name."""
        selections = [each.policy.rooms for each in self._communities.values()]
        return RoomNames(
            frozenset().union(
                *(each.aliases for each in selections),
                *(each.policy.languages.aliases() for each in self._communities.values()),
            ),
            frozenset().union(*(each.spaces for each in selections)),
        )

    def set_found_rooms(self, found: Mapping[str, frozenset[str]]) -> dict[str, tuple[str, str]]:
        """Set the rooms of aliases and spaces; return the rooms whose community changed.

        Args:
            found: room IDs by alias or space.

        Returns:
            For each room ID, the names of its former and its new community.
        """
        before, self._found = self._by_room, dict(found)
        self._assign_rooms()
        default, now = self._default.name, self._by_room
        communities = {
            room_id: (
                before[room_id].name if room_id in before else default,
                now[room_id].name if room_id in now else default,
            )
            for room_id in before.keys() | now.keys()
        }
        return {room_id: names for room_id, names in communities.items() if names[0] != names[1]}

    def enforce(self, policies: Mapping[str, Policy]) -> None:
        """Put these policies in force, in place of all present ones."""
        before = {name: each.policy.revision for name, each in self._communities.items()}
        self._put_in_force(policies)
        self.trouble = None
        for community in self.all():
            if before.get(community.name) != community.policy.revision:
                log.info(
                    "policy in force",
                    community=community.name,
                    revision=community.policy.revision,
                    before=before.get(community.name),
                )

    def note_trouble(self, error: CountersignError) -> None:
        """Record that the policy files cannot be used, so the policies in force stay."""
        self.trouble = f"The policy files are not in force, but the last good ones: {error}"
        log.error(
            "the policy files cannot be used; the last good policies are in force",
            reason=str(error),
            revision=self.current.revision,
        )

    def _put_in_force(self, policies: Mapping[str, Policy]) -> None:
        communities = {name: Community(name, policy) for name, policy in policies.items()}
        self._default = communities[DEFAULT_COMMUNITY]
        self._communities = communities
        self._lists = frozenset[str]().union(
            *(followed_lists(each.policy.pipeline) for each in communities.values())
        )
        self._assign_rooms()
        for notice in self._notices:
            notice()

    def _assign_rooms(self) -> None:
        by_room: dict[str, Community] = {}
        # The most specific name of a room wins: its ID, then an alias, then a space. If it is in
        # two spaces, the first community's space wins.
        for kind in ("spaces", "aliases"):
            for community in reversed(self.all()):
                for name in sorted(getattr(community.policy.rooms, kind)):
                    by_room |= dict.fromkeys(self._found.get(name, ()), community)
        for community in self.all():
            by_room |= dict.fromkeys(community.policy.rooms.room_ids, community)
        self._by_room = by_room
        self._languages = dict(self._room_languages())

    def _room_languages(self) -> Iterator[tuple[str, str]]:
        """Yield the languages that policies set for single rooms of their own, those by ID last."""
        for community in self._communities.values():
            rooms = community.policy.languages.rooms
            for name in sorted(rooms, key=lambda name: name.startswith("!")):
                room_ids = [name] if name.startswith("!") else self._found.get(name, ())
                for room_id in room_ids:
                    if self.for_room(room_id) is community:
                        yield room_id, rooms[name]
