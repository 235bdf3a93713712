"""Aspects of an event: what some filters are about, and most events do not have."""

from enum import IntFlag
from typing import Any, Final

from countersign.protocol.canonical_json import to_safe_integer

SHORT_CHARS: Final = 16
_STICKY_KEYS: Final = ("sticky", "msc4354_sticky")


class Aspect(IntFlag):
    """Kind of thing that an event may hold or be.

    A filter that is about some of them neither asks nor finds anything in an event that has none,
    and is not called for it: see `Filter.about`.
    """

    OTHER_TYPE = 1
    """It is no `m.room.message`."""
    FOLLOW_UP = 2
    """It acts on another event, or belongs to a call."""
    RELATION = 4
    """It says that it is related to another event, in whatever way."""
    STATE = 8
    """It is a state event."""
    STICKY = 16
    """It asks to stick."""
    MEDIA = 32
    """It may hold a picture or file, or be a message of another type than text."""
    PLACES = 64
    """It may name a place on the web: by a link, a name with a dot within, or a disguised one."""
    MENTIONS = 128
    """It mentions somebody, or the room."""
    BEYOND_ASCII = 256
    """A text in it has characters beyond ASCII."""
    SHORT = 512
    """It shows at most `SHORT_CHARS` characters."""


def sticky_ms(json: dict[str, Any]) -> int | None:
    """Return for how long an event asks to stick; 0 if it does not say that in a known way.

    Spec: https://github.com/matrix-org/matrix-spec-proposals/pull/4354
    """
    for key in _STICKY_KEYS:
        if key in json:
            sticky = json[key]
            duration = sticky.get("duration_ms") if isinstance(sticky, dict) else None
            return to_safe_integer(duration) if type(duration) is int else 0
    return None
