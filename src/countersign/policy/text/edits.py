"""Contents inside a content: the new content of an edit, and the items of a gallery."""

from collections.abc import Iterator
from typing import Any, Final, TypeGuard

EDIT_KEYS: Final = ("m.new_content", "org.matrix.msc1767.new_content")

TYPES_OF_TEXT: Final = ("m.text", "m.notice", "m.emote")
"""Message types of text; a tuple, because the value from a peer may be unhashable."""
_NESTING: Final = frozenset({*EDIT_KEYS, "itemtypes"})


def levels(content: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield `content` and, if it is an edit, each new content that clients may show.

    Spec: https://spec.matrix.org/v1.18/client-server-api/#event-replacements
    """
    yield content
    for key in EDIT_KEYS:
        level = content.get(key)
        if isinstance(level, dict):
            yield level


def pieces(content: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the levels of a content, see `levels`, and the items of each gallery.

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
    """Return the message type of a message or gallery item, or None."""
    msgtype = piece.get("msgtype", piece.get("itemtype"))
    return msgtype if isinstance(msgtype, str) else None


def is_object(value: object) -> TypeGuard[dict[str, Any]]:
    """Return True if a value is a JSON object."""
    return isinstance(value, dict)
