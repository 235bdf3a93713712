"""Contents within a content: what an edit puts in its place, and the items of a gallery."""

from collections.abc import Iterator
from typing import Any, Final, TypeGuard

EDIT_KEYS: Final = ("m.new_content", "org.matrix.msc1767.new_content")

TYPES_OF_TEXT: Final = ("m.text", "m.notice", "m.emote")
"""Types of messages that are of text; no set, since what a peer wrote may be unhashable."""
_NESTING: Final = frozenset({*EDIT_KEYS, "itemtypes"})


def levels(content: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield `content` and, if it is an edit, each content that it may put in another's place.

    Spec: https://spec.matrix.org/v1.18/client-server-api/#event-replacements
    """
    yield content
    for key in EDIT_KEYS:
        level = content.get(key)
        if isinstance(level, dict):
            yield level


def pieces(content: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield what `levels` yields, and the items of each gallery.

    MSC: https://github.com/matrix-org/matrix-spec-proposals/pull/4274
    """
    if content.keys().isdisjoint(_NESTING):
        return iter((content,))
    return _nested_pieces(content)


def _nested_pieces(content: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for level in levels(content):
        yield level
        items = level.get("itemtypes")
        yield from filter(is_object, items if isinstance(items, list) else ())


def message_type(piece: dict[str, Any]) -> str | None:
    """Return the type of a message or of a gallery's item, or None."""
    found = piece.get("msgtype", piece.get("itemtype"))
    return found if isinstance(found, str) else None


def is_object(value: object) -> TypeGuard[dict[str, Any]]:
    """Return True if a value is an object of JSON."""
    return isinstance(value, dict)
