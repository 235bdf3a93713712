"""Slow mode (MSC4435): a room's own limit on the rate of a user's events of a type.

Spec: https://github.com/matrix-org/matrix-spec-proposals/pull/4435
"""

from typing import Any, Final, NamedTuple

from countersign.protocol.canonical_json import JsonObject

SLOW_MODE: Final = "m.room.slowmode"
UNSTABLE_SLOW_MODE: Final = "com.nhjkl.msc4435.slowmode"
MAX_TYPES: Final = 50
"""Maximum number of event types whose limits are kept."""
MAX_TYPE_CHARS: Final = 255
MAX_LIMIT_MS: Final = 86_400_000
"""A longer time counts as a day."""


class SlowMode(NamedTuple):
    """Limit on the rate of a user's events of one type.

    Attributes:
        limit_ms: minimum time between two events, 1 ms to a day.
        exempt_power_level: power level from which on there is no limit; None without one.
    """

    limit_ms: int
    exempt_power_level: int | None = None


def find_slow_mode(content: JsonObject, event_type: str) -> SlowMode | None:
    """Return the limit for an event type in a slow-mode event's content, or None."""
    events: Any = content.get("events")
    rules: Any = events.get(event_type) if isinstance(events, dict) else None
    if not isinstance(rules, dict):
        return None
    limit_ms, exempt = rules.get("rate_limit"), rules.get("exempt_power_level")
    if type(limit_ms) is not int or limit_ms <= 0:
        return None
    return SlowMode(min(limit_ms, MAX_LIMIT_MS), exempt if type(exempt) is int else None)


def trimmed_slow_mode(content: JsonObject) -> JsonObject:
    """Return the content with only what `find_slow_mode` reads of it."""
    events: Any = content.get("events")
    trimmed: JsonObject = {}
    for event_type in list(events)[:MAX_TYPES] if isinstance(events, dict) else ():
        limit = find_slow_mode(content, event_type)
        if limit is not None and len(event_type) <= MAX_TYPE_CHARS:
            trimmed[event_type] = {"rate_limit": limit.limit_ms}
            if limit.exempt_power_level is not None:
                trimmed[event_type]["exempt_power_level"] = limit.exempt_power_level
    return {"events": trimmed}
