"""Power levels of a room, with the specification's defaults for missing or malformed fields.

Spec: https://spec.matrix.org/v1.18/client-server-api/#mroompower_levels
"""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.identifiers import is_user_id
from countersign.protocol.room_versions import RoomVersionRules

INFINITE_LEVEL: Final = 1 << 128
"""Level of creators in rooms since version 12, above every level that an event can have."""

_DEFAULT_LEVELS: Final = MappingProxyType(
    {
        "ban": 50,
        "events_default": 0,
        "invite": 0,
        "kick": 50,
        "redact": 50,
        "state_default": 50,
        "users_default": 0,
    }
)
_CREATOR_LEVEL: Final = 100
_LEVEL_IN_STRING: Final = re.compile(r"\s*[+-]?[0-9]{1,40}\s*", re.ASCII)


@dataclass(frozen=True, slots=True)
class PowerLevels:
    """Power levels of a room: an action requires a minimum level.

    Attributes:
        levels: the level for each of `ban`, `events_default`, `invite`, `kick`, `redact`,
            `state_default` and `users_default`.
        events: level by event type.
        users: level by user ID; without the privileged creators.
        notifications: level by notification key.
        creators: user IDs of privileged creators; empty in rooms before version 12.
        explicit: the part of `levels` that the event itself sets.
    """

    levels: Mapping[str, int]
    events: Mapping[str, int]
    users: Mapping[str, int]
    notifications: Mapping[str, int]
    creators: frozenset[str] = frozenset()
    explicit: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def parse(
        cls, content: JsonObject | None, creators: Iterable[str], rules: RoomVersionRules
    ) -> "PowerLevels":
        """Read the content of `m.room.power_levels`; a malformed level counts as missing.

        Args:
            content: None if the room has no such event; then its creator has 100 (before 12).
            creators: user IDs of the room's creators.
            rules: the room's version; before version 10 levels may be strings.
        """
        privileged = frozenset(creators) if rules.privileged_creators else frozenset()
        if content is None:
            users = {} if privileged else dict.fromkeys(creators, _CREATOR_LEVEL)
            return cls(_DEFAULT_LEVELS, {}, users, {}, privileged)
        explicit = {
            name: level
            for name in _DEFAULT_LEVELS
            if (level := _level(content.get(name), rules)) is not None
        }
        return cls(
            levels={**_DEFAULT_LEVELS, **explicit},
            events=_levels(content.get("events"), rules),
            users=_levels(content.get("users"), rules),
            notifications=_levels(content.get("notifications"), rules),
            creators=privileged,
            explicit=explicit,
        )

    @property
    def ban(self) -> int:
        """The level required to ban and unban."""
        return self.levels["ban"]

    @property
    def invite(self) -> int:
        """The level required to invite."""
        return self.levels["invite"]

    @property
    def kick(self) -> int:
        """The level required to kick."""
        return self.levels["kick"]

    @property
    def redact(self) -> int:
        """The level required to redact events of others."""
        return self.levels["redact"]

    def user_level(self, user_id: str) -> int:
        """Return a user's level."""
        if user_id in self.creators:
            return INFINITE_LEVEL
        return self.users.get(user_id, self.levels["users_default"])

    def send_level(self, event_type: str, is_state: bool) -> int:
        """Return the level required to send an event of this type."""
        default = "state_default" if is_state else "events_default"
        return self.events.get(event_type, self.levels[default])

    def may_become(self, proposed: "PowerLevels", sender: str) -> bool:
        """Return True if `sender` may replace these levels by `proposed`.

        Spec:
            https://spec.matrix.org/v1.18/rooms/v12/#authorisation-rules, rule 10.
        """
        ceiling = self.user_level(sender)
        for before, after in (
            (self.explicit, proposed.explicit),
            (self.events, proposed.events),
            (self.notifications, proposed.notifications),
        ):
            if any(level > ceiling for _, level in _changed_levels(before, after)):
                return False
        for user_id in self.users.keys() | proposed.users.keys():
            old, new = self.users.get(user_id), proposed.users.get(user_id)
            if old == new:
                continue
            if old is not None and user_id != sender and old >= ceiling:
                return False
            if new is not None and new > ceiling:
                return False
        return True


def are_well_formed(content: JsonObject, creators: Iterable[str], rules: RoomVersionRules) -> bool:
    """Return True if the room version's authorisation rules allow this content.

    Before version 10 they check only the levels of users.

    Spec:
        https://spec.matrix.org/v1.18/rooms/v12/#authorisation-rules, rules 10.1 to 10.4.
    """
    users: Any = content.get("users", {})
    if type(users) is not dict or not all(map(is_user_id, users)):
        return False
    if rules.privileged_creators and any(creator in users for creator in creators):
        return False
    levels = list(users.values())
    if rules.integer_power_levels:
        levels += [content[name] for name in _DEFAULT_LEVELS if name in content]
        for name in ("events", "notifications"):
            by_type: Any = content.get(name, {})
            if type(by_type) is not dict:
                return False
            levels += by_type.values()
    return all(_level(level, rules) is not None for level in levels)


def _changed_levels(before: Mapping[str, int], after: Mapping[str, int]) -> list[tuple[str, int]]:
    return [
        (name, level)
        for name in before.keys() | after.keys()
        if before.get(name) != after.get(name)
        for level in (before.get(name), after.get(name))
        if level is not None
    ]


def _levels(value: Any, rules: RoomVersionRules) -> dict[str, int]:
    if type(value) is not dict:
        return {}
    return {name: level for name, raw in value.items() if (level := _level(raw, rules)) is not None}


def _level(value: Any, rules: RoomVersionRules) -> int | None:
    """Return a level as a number, or None if it is invalid in this room version."""
    if type(value) is int:
        return value
    if rules.integer_power_levels:
        return None
    if type(value) is float:
        return int(value) if math.isfinite(value) else None
    if type(value) is str and _LEVEL_IN_STRING.fullmatch(value):
        return int(value)
    return None
