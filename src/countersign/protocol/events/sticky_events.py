"""Sticky events: events that a server shows to everyone in the room for a while (MSC4354)."""

from typing import Final

from countersign.protocol.canonical_json import JsonObject, to_safe_integer

_KEYS: Final = ("sticky", "msc4354_sticky")


def sticky_ms_of(event: JsonObject) -> int | None:
    """Return the stickiness that an event asks for, in ms; None without one.

    Without a valid duration it is 0; an integer is brought into the canonical range.

    Spec: https://github.com/matrix-org/matrix-spec-proposals/pull/4354
    """
    for key in _KEYS:
        if key in event:
            sticky = event[key]
            duration = sticky.get("duration_ms") if isinstance(sticky, dict) else None
            return to_safe_integer(duration) if type(duration) is int else 0
    return None
