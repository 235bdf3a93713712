"""Characters that disguise links: invisible ones, styled ones, letters of other alphabets."""

import re
import unicodedata
from typing import Final

from countersign.policy.text.finders import finder_of
from countersign.policy.text.links.bare_names import is_place
from countersign.policy.text.look_alikes import with_latin_letters
from countersign.policy.text.normalisation import without_invisible

MAX_CHANGES: Final = 50
"""Maximum number of places of one text that are examined for each disguise."""

# Every disguise by characters has an invisible character, or a dot inside a word.
_HIDDEN: Final = (
    r"[\x{00ad}\x{034f}\x{061c}\x{115f}\x{1160}\x{17b4}\x{17b5}\x{180b}-\x{180e}\x{200b}-\x{200f}"
    r"\x{202a}-\x{202e}\x{2060}-\x{206f}\x{3164}\x{fe00}-\x{fe0f}\x{feff}\x{ffa0}\x{e0000}-\x{e01ef}]"
)
_STYLED: Final = (
    "\u00aa\u00b2\u00b3\u00b9\u00ba\u02b0-\u02b8\u02e0-\u02e4\u1d2c-\u1d6a\u2024\u2070-\u209c\u2100-\u214f"
    "\u2160-\u217f\u2460-\u24ff\ufb00-\ufb06\uff00-\uffef\U0001d400-\U0001d7ff\U0001f100-\U0001f1af"
)
_STYLED_RUN: Final = re.compile(f"([{_STYLED}]+)")
_STYLED_OR_DOT: Final = f"[{_STYLED}\u3002\u30fb\u00b7\u2022\u2219\u22c5\u2027]"
_DOT_WITHIN: Final = r"[^\s.]\.[^\s.]"
_has_hidden: Final = finder_of(_HIDDEN)
_may_be_styled: Final = finder_of(_STYLED_OR_DOT)
_has_dot_within: Final = finder_of(_DOT_WITHIN)
may_hide_in_characters: Final = finder_of(f"{_HIDDEN}|{_STYLED_OR_DOT}|{_DOT_WITHIN}")
"""Returns False only if no function below changes a text, or a part of it."""
_IDEOGRAPHIC_DOT: Final = re.compile(r"(?<=[A-Za-z0-9])\s?[。・·•∙⋅‧]\s?(?=[A-Za-z0-9])")
# RE2's `\s` has only the white space of ASCII.
_holds_ideographic_dot: Final = finder_of(
    r"[A-Za-z0-9](?:[\s\x{0b}\x{1c}-\x{1f}\x{85}\pZ])?[。・·•∙⋅‧][\s\x{0b}\x{1c}-\x{1f}\x{85}\pZ]?[A-Za-z0-9]"
)
_FOREIGN_WORD: Final = re.compile(r"(?<![\w.\-])[\w\-]++(?>(?:\.[\w\-]++)+)")


def visible_part(text: str) -> str:
    """Return `text` without invisible characters."""
    return without_invisible(text) if _has_hidden(text) else text


def plain_letters(text: str) -> str:
    """Return `text` with styled letters and dots (full width, circled) in their usual form."""
    if not _may_be_styled(text):
        return text
    pieces = _STYLED_RUN.split(text)
    if different := list(dict.fromkeys(pieces[1::2])):
        # Normalized in one call; no character combines with a NUL.
        normal = unicodedata.normalize("NFKC", "\0".join(different)).split("\0")
        plain = dict(zip(different, map(with_latin_letters, normal), strict=False))
        pieces[1::2] = map(plain.__getitem__, pieces[1::2])
        text = "".join(pieces)
    return _IDEOGRAPHIC_DOT.sub(".", text) if _holds_ideographic_dot(text) else text


def latin_letters(text: str) -> str:
    """Return `text` with Latin letters for look-alikes in what may be a domain."""
    if not _has_dot_within(text):
        return text
    return _FOREIGN_WORD.sub(_latin_if_place, text, count=MAX_CHANGES)


def _latin_if_place(match: re.Match[str]) -> str:
    word = match[0]
    if word.isascii():
        return word
    latin = with_latin_letters(word)
    return latin if latin.isascii() and is_place(latin, "/x") else word
