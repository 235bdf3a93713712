"""Overrides of the writing direction: which text is shown in another order than it is written."""

import re
from typing import Final

import re2

_RE2 = re2.Options()
_RE2.never_capture = True
RIGHT_TO_LEFT: Final = re2.compile(
    r"[\p{Hebrew}\p{Arabic}\p{Syriac}\p{Thaana}\p{Nko}\p{Samaritan}\p{Mandaic}\p{Adlam}"
    r"\p{Hanifi_Rohingya}]",
    _RE2,
)
"""A letter of a script that is written from right to left."""

_LEFT_TO_RIGHT: Final = re2.compile(
    r"[^\P{L}\p{Hebrew}\p{Arabic}\p{Syriac}\p{Thaana}\p{Nko}\p{Samaritan}\p{Mandaic}\p{Adlam}"
    r"\p{Hanifi_Rohingya}]|\p{N}",
    _RE2,
)
_LTR_OVERRIDE: Final = "\u202d"
_RTL_OVERRIDE: Final = "\u202e"
_POP: Final = "\u202c"
_ISOLATE_END: Final = "\u2069"
_ISOLATES: Final = "\u2066\u2067\u2068"
# A sign, or a run of text between two of them; a new line ends them all.
_PIECE: Final = re.compile(
    r"[\u202a-\u202e\u2066-\u2069\n\r\u2028\u2029]|"
    r"[^\u202a-\u202e\u2066-\u2069\n\r\u2028\u2029]+"
)
_BEGINNINGS: Final = frozenset("\u202a\u202b" + _LTR_OVERRIDE + _RTL_OVERRIDE + _ISOLATES)
_LINE_ENDS: Final = frozenset("\n\r\u2028\u2029")
_MIN_TURNED: Final = 2
"""One letter alone is the same in either direction."""


def find_turned(text: str) -> str | None:
    """Return the first part of `text` that is shown in reverse; None if overrides turn nothing.

    An override that makes text run as it runs anyway turns nothing: address books and dialogues put
    U+202D and U+202C around numbers on the clipboard. So does one around a single character.
    """
    if _RTL_OVERRIDE not in text and _LTR_OVERRIDE not in text:
        return None
    stack: list[str] = []
    turned = 0
    for found in _PIECE.finditer(text):
        piece = found[0]
        if piece in _LINE_ENDS:
            stack.clear()
        elif piece == _POP:
            if stack and stack[-1] not in _ISOLATES:
                stack.pop()
        elif piece == _ISOLATE_END:
            while stack and stack.pop() not in _ISOLATES:
                pass
        elif piece in _BEGINNINGS:
            stack.append(piece)
            turned = 0
        elif stack and stack[-1] in (_LTR_OVERRIDE, _RTL_OVERRIDE):
            against = RIGHT_TO_LEFT if stack[-1] == _LTR_OVERRIDE else _LEFT_TO_RIGHT
            turned += len(against.findall(piece))
            if turned >= _MIN_TURNED:
                return piece
    return None


def is_left_open(text: str) -> bool:
    """Return True if a U+202E at the end of `text` goes on into what is shown behind it."""
    return text.rfind(_RTL_OVERRIDE) > text.rfind(_POP)
