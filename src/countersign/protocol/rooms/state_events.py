"""A piece of a room's state, and a member of a room."""

from dataclasses import dataclass
from typing import Final

from countersign.protocol.canonical_json import JsonObject

MEMBER: Final = "m.room.member"
MAX_NAME_CHARS: Final = 512


@dataclass(frozen=True, slots=True)
class StateEvent:
    """One piece of a room's state, reduced to the fields that we need.

    Attributes:
        depth: the depth of the event that set it, as its sender says.
        origin_server_ts: milliseconds since the epoch, by the sender's clock.
        known_since_ts: the time since which we have had its content, in ms since the epoch, by our
            clock; of a joined member the time of the join, also after changes of the name.
    """

    type: str
    state_key: str
    sender: str
    content: JsonObject
    event_id: str
    depth: int
    origin_server_ts: int
    known_since_ts: int = 0


@dataclass(frozen=True, slots=True)
class Member:
    """Member of a room; names are cut to 512 characters."""

    membership: str
    display_name: str | None = None
    avatar_url: str | None = None


def parse_member(content: JsonObject) -> Member:
    """Return the membership in an event's content, `leave` if there is none."""
    return Member(
        _text(content.get("membership")) or "leave",
        _text(content.get("displayname")),
        _text(content.get("avatar_url")),
    )


def _text(value: object) -> str | None:
    return value[:MAX_NAME_CHARS] if isinstance(value, str) else None
