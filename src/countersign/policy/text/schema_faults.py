"""Faults of an event's content against the schema of its type."""

from typing import Any, Final

from countersign.policy.document.mistakes import Path, listed
from countersign.policy.text.edits import EDIT_KEYS, TYPES_OF_TEXT
from countersign.policy.text.shapes import WORDS, Fault, Shape
from countersign.policy.text.type_schemas import (
    MEDIUM,
    NEVER_STATE,
    ONLY_STATE,
    OTHER,
    POLL_KEYS,
    POLL_STARTS,
    SHAPES,
    STRING,
    WITH_MEDIUM,
)

_USUAL_KEYS: Final = frozenset({"body", "msgtype", "m.mentions"})
_NOTHING: Final[dict[str, Any]] = {}


def find_fault(event_type: str, content: dict[str, Any], *, is_state: bool) -> Fault | None:
    """Return the first fault of `content` against the schema of its event type; None without one.

    Of an unknown type only `m.relates_to`, `m.mentions` and the like are checked.
    """
    if is_state and event_type in NEVER_STATE:
        return Fault((), "a state key", "none")
    if not is_state and event_type in ONLY_STATE:
        return Fault((), "no state key", "one")
    if event_type == "m.room.message" and _is_usual(content):
        return None
    fault = _find(content, SHAPES.get(event_type, OTHER))
    if fault is not None:
        return Fault(tuple(reversed(fault.path)), fault.found, fault.allowed)
    return _find_missing(event_type, content)


def _is_usual(content: dict[str, Any]) -> bool:
    """Return True if a message has a text and nothing else, as most have: it has no fault."""
    return (
        content.keys() <= _USUAL_KEYS
        and content.get("msgtype") in TYPES_OF_TEXT
        and type(content.get("body")) is str
        and content.get("m.mentions", _NOTHING) == _NOTHING
    )


def _find(value: Any, shape: Shape) -> Fault | None:
    """Return a fault with its path, innermost key first; no deeper than `shape`."""
    kind = type(value)
    if kind not in shape.types:
        return Fault((), WORDS.get(kind, "something else"), _allowed(shape))
    if shape.prefix and not value.startswith(shape.prefix):
        return Fault((), "a string", f"one that begins with {shape.prefix}")
    if kind is dict:
        return _find_in_object(value, shape)
    if kind is list and shape.items is not None:
        return _find_in_list(value, shape.items)
    return None


def _find_in_object(value: dict[str, Any], shape: Shape) -> Fault | None:
    for key in shape.required:
        if value.get(key) is None:
            return Fault((key,), "nothing", _allowed(shape.fields[key]))
    fields = shape.fields
    for key, child in value.items():
        expected = fields.get(key)
        # Most values are a string where a string is allowed.
        if expected is None or child is None or (expected is STRING and type(child) is str):
            continue
        fault = _find(child, expected)
        if fault is not None:
            return Fault((*fault.path, key), fault.found, fault.allowed)
    return None


def _find_in_list(value: list[Any], expected: Shape) -> Fault | None:
    if expected is STRING and set(map(type, value)) <= STRING.types:
        return None
    for position, child in enumerate(value):
        fault = _find(child, expected)
        if fault is not None:
            return Fault((*fault.path, position), fault.found, fault.allowed)
    return None


def _allowed(shape: Shape) -> str:
    return listed(dict.fromkeys(WORDS[each] for each in sorted(shape.types, key=str)))


def _find_missing(event_type: str, content: dict[str, Any]) -> Fault | None:
    """Return the fault of a missing field that a shape cannot express, or None."""
    if event_type == "m.sticker":
        return _find_medium_missing((), content)
    if event_type != "m.room.message" and event_type not in POLL_STARTS:
        return None
    # For an edit, clients show its new content.
    levels: list[tuple[Path, dict[str, Any]]] = [
        ((key,), content[key]) for key in EDIT_KEYS if content.get(key) is not None
    ]
    for path, level in levels or [((), content)]:
        if event_type in POLL_STARTS:
            fault = _find_poll_missing(path, level)
        elif level["msgtype"] in WITH_MEDIUM:
            fault = _find_medium_missing(path, level)
        else:
            continue
        if fault is not None:
            return fault
    return None


def _find_poll_missing(path: Path, level: dict[str, Any]) -> Fault | None:
    polls = [level[key] for key in POLL_KEYS if level.get(key) is not None]
    if not polls:
        return Fault(path, "no poll", listed(POLL_KEYS))
    if all(poll["answers"] for poll in polls):
        return None
    return Fault(path, "a poll without answers", "one with answers")


def _find_medium_missing(path: Path, level: dict[str, Any]) -> Fault | None:
    url = level.get("url")
    if level.get("file") is not None and not url:
        return None
    if isinstance(url, str) and url.startswith(MEDIUM.prefix):
        return None
    found = "nothing" if url is None else "another address"
    return Fault((*path, "url"), found, f"one that begins with {MEDIUM.prefix}")
