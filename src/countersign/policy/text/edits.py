"""An edit's two contents: the one for clients that know no edits, and the one in its place."""

from collections.abc import Iterator
from typing import Any, Final

EDIT_KEYS: Final = ("m.new_content", "org.matrix.msc1767.new_content")


def levels(content: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield `content` and, if it is an edit, each content that it may put in another's place.

    Spec: https://spec.matrix.org/v1.18/client-server-api/#event-replacements
    """
    yield content
    for key in EDIT_KEYS:
        level = content.get(key)
        if isinstance(level, dict):
            yield level
