"""Overrides of the writing direction, and text that they show in reverse."""

import re
from collections.abc import Iterable
from itertools import islice
from typing import Final
from unicodedata import bidirectional

import re2

_RE2 = re2.Options()
_RE2.never_capture = True
RIGHT_TO_LEFT: Final = re2.compile(
    r"[\p{Hebrew}\p{Arabic}\p{Syriac}\p{Thaana}\p{Nko}\p{Samaritan}\p{Mandaic}\p{Adlam}"
    r"\p{Hanifi_Rohingya}]",
    _RE2,
)
"""A letter of a script that is written from right to left."""

_LTR_OVERRIDE: Final = "\u202d"
_RTL_OVERRIDE: Final = "\u202e"
_POP: Final = "\u202c"
_ISOLATE_END: Final = "\u2069"
_ISOLATES: Final = "\u2066\u2067\u2068"
OVERRIDES: Final = _LTR_OVERRIDE + _RTL_OVERRIDE
"""Characters that override the direction of the text after them."""
_OVERRIDE: Final = re.compile(f"[{OVERRIDES}]")
# A new line ends all overrides.
_LINE_END: Final = re.compile(r"[\n\r\u2028\u2029]")
# A sign, or a run of text between two of them.
_PIECE: Final = re.compile(r"[\u202a-\u202e\u2066-\u2069]|[^\u202a-\u202e\u2066-\u2069]+")
_RIGHT_TO_LEFT_CLASSES: Final = frozenset(("R", "AL"))
_BEGINNINGS: Final = frozenset("\u202a\u202b" + _LTR_OVERRIDE + _RTL_OVERRIDE + _ISOLATES)
MAX_PIECES: Final = 2_000
"""Maximum number of control characters, and of texts between them, in lines with an override; a
text with more counts as reversed."""
_MIN_TURNED: Final = 2
"""Minimum number of reversed letters; one is the same in either direction."""


def find_turned(text: str) -> str | None:
    """Return the first part of `text` that is shown in reverse; None without any.

    An override to the direction that text has anyway reverses nothing: address books and dialogs
    put U+202D and U+202C around numbers on the clipboard. Nor does one around a single character.
    """
    if not any(map(text.__contains__, OVERRIDES)):  # a look is cheaper than a search
        return None
    pieces_left = MAX_PIECES
    override = _OVERRIDE.search(text)
    while override is not None:
        # Text before the first override of a line has no effect on it.
        end_of_line = _LINE_END.search(text, override.start())
        end = len(text) if end_of_line is None else end_of_line.start()
        matches = islice(_PIECE.finditer(text, override.start(), end), pieces_left + 1)
        pieces = [each[0] for each in matches]
        if (turned := _turned_in(pieces)) is not None:
            return turned
        pieces_left -= len(pieces)
        if pieces_left < 0:
            return pieces[-1]
        override = _OVERRIDE.search(text, end)
    return None


def _turned_in(pieces: Iterable[str]) -> str | None:
    """Return the first of a line's pieces that is shown in reverse."""
    stack: list[str] = []
    turned = 0
    for piece in pieces:
        if piece == _POP:
            if stack and stack[-1] not in _ISOLATES:
                stack.pop()
        elif piece == _ISOLATE_END:
            while stack and stack.pop() not in _ISOLATES:
                pass
        elif piece in _BEGINNINGS:
            stack.append(piece)
            turned = 0
        elif stack and stack[-1] in (_LTR_OVERRIDE, _RTL_OVERRIDE):
            is_turned = _is_right_to_left if stack[-1] == _LTR_OVERRIDE else _is_left_to_right
            turned += sum(map(is_turned, piece))
            if turned >= _MIN_TURNED:
                return piece
    return None


def _is_right_to_left(character: str) -> bool:
    return bidirectional(character) in _RIGHT_TO_LEFT_CLASSES


def _is_left_to_right(character: str) -> bool:
    # Digits are written from left to right in every script.
    is_letter = character.isalpha() and not _is_right_to_left(character)
    return is_letter or character.isnumeric()


def is_left_open(text: str) -> bool:
    """Return True if a U+202E in `text` stays open, so that it reverses what is shown after it."""
    return text.rfind(_RTL_OVERRIDE) > text.rfind(_POP)
