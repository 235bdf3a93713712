"""Texts of our user's messages: plain text, and the same as escaped HTML.

Text from strangers cannot become a link or a mention: it is formatted as code, cut, and its dots
are in brackets. Commands accept names in that form.
"""

import html
import re
from collections.abc import Sequence
from typing import Final, Self

from countersign.basics.printable_text import visible
from countersign.protocol.canonical_json import JsonObject

MAX_FOREIGN_CHARS: Final = 120
MAX_SENTENCE_CHARS: Final = 800
MAX_BYTES: Final = 8_000
"""Maximum size of the plain text in bytes; the HTML may have twice as much.

An edit contains both twice, and an event has at most 65,535 bytes."""
MAX_LINES: Final = 60

_INNER_DOT: Final = re.compile(r"(?<=\S)\.(?=\S)")


class Foreign(str):
    """Text from somebody else, such as a user ID, a room's name or a server's error."""

    __slots__ = ()


class Sentences(Foreign):
    """Sentences that may quote somebody else, such as an error."""

    __slots__ = ()


class Exact(str):
    """Text of ours to be copied, such as a reference, a command or an event's content."""

    __slots__ = ()


def defanged(text: str, max_chars: int = MAX_FOREIGN_CHARS) -> str:
    """Return a text on one line, cut, and so that no client makes a link of it."""
    shown = visible(text)
    if len(shown) > max_chars:
        shown = f"{shown[: max_chars - 1]}…"
    return _INNER_DOT.sub("[.]", shown.replace("://", "[:]//").replace("`", "'"))


def refanged(text: str) -> str:
    """Undo `defanged` in text that a moderator copied from our message."""
    return text.replace("[:]", ":").replace("[.]", ".")


class Wording:
    """Lines of a message. A line has parts: plain strings of ours, `Foreign` and `Exact`."""

    def __init__(self) -> None:
        self._plain: list[str] = []
        self._html: list[str] = []

    @classmethod
    def of(cls, *parts: str) -> Self:
        """Return a wording of one line."""
        wording = cls()
        wording.line(*parts)
        return wording

    def line(self, *parts: str) -> None:
        """Add a line; lines beyond the limit are left out, with a note."""
        if len(self._plain) == MAX_LINES:
            self._add("… and more.")
        elif len(self._plain) < MAX_LINES:
            self._add(*parts)

    def content(self, mentions: Sequence[str] = ()) -> JsonObject:
        """Return the content of an `m.room.message`, which mentions nobody but `mentions`."""
        return {
            "msgtype": "m.notice",
            "body": "\n".join(_fitting(self._plain, MAX_BYTES)),
            "format": "org.matrix.custom.html",
            "formatted_body": "<br>".join(_fitting(self._html, 2 * MAX_BYTES)),
            "m.mentions": {"user_ids": list(mentions)} if mentions else {},
        }

    def _add(self, *parts: str) -> None:
        self._plain.append("".join(_plain(part) for part in parts))
        self._html.append("".join(_html(part) for part in parts))


def _fitting(lines: Sequence[str], max_bytes: int) -> list[str]:
    """Return as many whole lines as fit; a cut within a tag would break the HTML."""
    fitting, size = [], 0
    for line in lines:
        size += len(line.encode()) + len("<br>")
        if size > max_bytes:
            break
        fitting.append(line)
    return fitting


def _plain(part: str) -> str:
    if isinstance(part, Sentences):
        return defanged(part, MAX_SENTENCE_CHARS)
    return defanged(part) if isinstance(part, Foreign) else str(part)


def _html(part: str) -> str:
    escaped = html.escape(_plain(part))
    return f"<code>{escaped}</code>" if isinstance(part, Foreign | Exact) else escaped
