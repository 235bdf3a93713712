"""Cheap first checks: a text has nothing for the text model to mask."""

import re
from typing import Final

from countersign.policy.text.finders import finder_of

_ALL_DIGITS: Final = frozenset(filter(str.isdecimal, map(chr, range(0x1FFFF))))
_ASCII_DIGITS: Final = "0123456789"
# A look that is cheaper than undoing disguises in a text that has none.
_BRACKETED: Final = re.compile(r"[\[({<] ?(?:\.|[d@ap点тк])")
_BRACKETS: Final = "[({<"
_DOT_WORDS: Final = frozenset(
    ("dot", "d0t", "punkt", "точка", "крапка", "punto", "ponto", "nokta", "点", ".", "/")
)
# One look for all of these, by a faster engine: most texts hold none. Letters are more than `\w`.
_LETTER: Final = r"[0-9A-Za-z_\x{80}-\x{10ffff}]"
holds_any_sign: Final = finder_of(
    rf"(?:\A| )(?:{'|'.join(map(re.escape, sorted(_DOT_WORDS)))})(?: |\z)|{_BRACKETED.pattern}"
    rf"|[ .*_·•|-]{_LETTER}[ .*_·•|-]{{1,3}}{_LETTER}[ .*_·•|-]|[@./](?:{_LETTER}|/)"
)
"""Tells whether there may be a disguise, letters that stand apart, or an address."""


def holds_digit(text: str) -> bool:
    """Return True if a digit of any script is in a text."""
    if text.isascii():
        return any(map(text.__contains__, _ASCII_DIGITS))
    return not _ALL_DIGITS.isdisjoint(text)


def may_be_disguised(text: str) -> bool:
    """Return False if surely no address in a text is disguised by signs or words."""
    if not _DOT_WORDS.isdisjoint(text.split(" ")):
        return True
    return any(sign in text for sign in _BRACKETS) and _BRACKETED.search(text) is not None
