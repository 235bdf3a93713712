"""Quick checks that exclude disguises, addresses and numbers in a text."""

import re
from collections.abc import Iterable
from typing import Final

from countersign.policy.text.finders import finder_of
from countersign.policy.text.links.disguised_signs import (
    DOT_WORDS,
    SLASH_WORDS,
    SPOKEN_ENDINGS,
    USUAL_DOT_WORDS,
)
from countersign.policy.text.links.spelled_names import SIGN as SIGN_OF_NAMES
from countersign.policy.text.normalisation import normalize

_ALL_DIGITS: Final = frozenset(filter(str.isdecimal, map(chr, range(0x1FFFF))))
_ASCII_DIGITS: Final = "0123456789"
# A look that is cheaper than undoing disguises in a text that has none.
_BRACKETED: Final = re.compile(r"[\[({<] ?(?:\.|[d@apcntkp点點ドтк])")
_BRACKETS: Final = "[({<"
_ADDED_ENDING: Final = r"\+ ?[\"'`“”„]?\.[a-z]"


def _any(words: Iterable[str]) -> str:
    return "|".join(dict.fromkeys(re.escape(normalize(word)) for word in words))


_DOT_WORD_ALONE: Final = (
    rf"(?:\A| )(?:(?:{_any((*DOT_WORDS, '点', '.', '/'))})(?: |\z)"
    rf"|(?:{_any(USUAL_DOT_WORDS)}) (?:{_any(SPOKEN_ENDINGS)})(?:[^\w-]|\z)"
    rf"|(?:{_any(SLASH_WORDS)}) )|{SIGN_OF_NAMES}"
)
# One look for all of these, by a faster engine: most texts hold none. Letters are more than `\w`.
_DOT_OF_SCRIPT: Final = r"[0-9a-z] ?[。・·•∙⋅‧] ?[0-9a-z]"
_LETTER: Final = r"[0-9A-Za-z_\x{80}-\x{10ffff}]"
_SPACED: Final = rf"[ .*_·•|-]{_LETTER}[ .*_·•|-]{{1,3}}{_LETTER}[ .*_·•|-]"
holds_any_sign: Final = finder_of(
    rf"{_DOT_WORD_ALONE}|{_DOT_OF_SCRIPT}|{_BRACKETED.pattern}|{_SPACED}|[@./](?:{_LETTER}|/)"
)
"""Returns False only if a text has no disguise, spaced letters or address."""
may_be_spaced: Final = finder_of(_SPACED)
"""Returns False only if a text has no spaced letters."""
may_hold_wallet: Final = finder_of("[0-9a-z]{23}")
"""Returns False only if a text has no wallet: no word is as long as the shortest one."""
may_hold_leet: Final = finder_of("[0-9][a-z]")
"""Returns False only if a text has no digit in place of a letter."""
_holds_dot_word: Final = finder_of(f"{_DOT_WORD_ALONE}|{_DOT_OF_SCRIPT}|{_ADDED_ENDING}")


def holds_digit(text: str) -> bool:
    """Return True if a text has a digit of any script."""
    if text.isascii():
        return any(map(text.__contains__, _ASCII_DIGITS))
    return not _ALL_DIGITS.isdisjoint(text)


def may_be_disguised(text: str) -> bool:
    """Return False only if a text has no address disguised by punctuation or words."""
    if _holds_dot_word(text):
        return True
    return any(sign in text for sign in _BRACKETS) and _BRACKETED.search(text) is not None
