"""Normalisation of texts for comparison: texts that look the same become equal.

It removes differences of case, accents and other marks, invisible characters, compatibility forms
(full width, circled, mathematical letters) and white space. The words of a policy are normalised in
the same way. Look-alikes from other scripts stay different; see `look_alikes`.

Every step takes linear time. Long runs of combining marks are cut before Unicode's own
normalization sees them, because sorting them takes quadratic time.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import chain
from typing import Final

import re2

SEPARATOR: Final = "\n"
"""Separator of the texts in `normalize_all`; no normalized text contains it."""

# The separator during normalisation: neither white space nor changed by case folding.
_GAP: Final = "\0"

# The ranges with all invisible characters and marks.
_PLANES = (range(0x1F000), range(0xE0000, 0xE0200))
_CATEGORIES = frozenset({"Cc", "Cf", "Me", "Mn", "Mc"})
# Combining classes of marks that make another letter in their script: nukta, kana voicing, virama,
# and the vowels and tones of Thai, Lao and Tibetan. All other marks are removed.
_LETTER_MARKS = frozenset({7, 8, 9, 84, 91, 103, 107, 118, 122, 129, 130, 132})
# Invisible characters in Unicode's categories of letters or marks: joiners, fillers, selectors.
_BLANKS = frozenset(
    map(chr, (0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0, *range(0x180B, 0x1810)))
) | frozenset(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
# Replaced by a space: two ligatures that NFKD expands to 18 and 8 characters, and the blank Braille
# pattern.
_SPACES_FOR = str.maketrans({"\ufdfa": " ", "\ufdfb": " ", "\u2800": " "})
_WORTH_SPACES = re.compile("[\ufdfa\ufdfb\u2800]")
# Words of up to six characters in one square; tables have some, but never thousands.
_SQUARED = re.compile("[\u3300-\u33ff]")
_MAX_SQUARED = 1_000


def _is_invisible(character: str) -> bool:
    if character == _GAP or character.isspace():
        return False
    if character in _BLANKS or unicodedata.category(character) in {"Cc", "Cf", "Me"}:
        return True
    return unicodedata.combining(character) != 0 and not _is_letter_mark(character)


def _is_letter_mark(character: str) -> bool:
    # Scripts beyond the basic plane lose all marks, since a second table would cost more time.
    return character < "\U00010000" and unicodedata.combining(character) in _LETTER_MARKS


# Candidates for the classes below, in order.
_MARKS = sorted(
    _BLANKS.union(
        character
        for character in map(chr, chain(*_PLANES))
        if unicodedata.category(character) in _CATEGORIES
    )
)


def _class_of(is_member: Callable[[str], bool]) -> str:
    """Return a character class of all in the basic plane for which `is_member` is True."""
    ranges: list[list[int]] = []
    for character in _MARKS:
        if character < "\U00010000" and is_member(character):
            code_point = ord(character)
            if ranges and ranges[-1][1] == code_point - 1:
                ranges[-1][1] = code_point
            else:
                ranges.append([code_point, code_point])
    return "[" + "".join(f"{chr(first)}-{chr(last)}" for first, last in reversed(ranges)) + "]"


# `re` uses a table for a class within the basic plane, and searches all ranges of one beyond it. So
# characters beyond it are looked up one by one.
_INVISIBLE = re.compile(_class_of(_is_invisible))
_ASCII_WITHOUT_INVISIBLE = {code: None for code in range(128) if _is_invisible(chr(code))}
_INVISIBLE_CHARACTERS = frozenset(filter(_is_invisible, _MARKS))
# All beyond the basic plane except emoji, of which people send many.
_BEYOND = re.compile("[\U00010000-\U0001efff\U000e0000-\U000e01ff]")
_SAMPLE_CHARS = 1_000
_REPLACED_ONE_BY_ONE = 32
"""Number of different characters up to which `str.replace` for each is the fastest way."""
_FURTHER_ONES = 4
"""The same for characters that do not occur in the beginning of the text."""
_LETTER_MARK = _class_of(_is_letter_mark)
_LONG_MARKS = re.compile(f"({_LETTER_MARK}{{8}}){_LETTER_MARK}+")
# Characters that are handled before decomposition; most texts have none, which one search shows.
_ODD = re2.compile(
    "|".join(
        (
            *(_class_of(is_odd) for is_odd in (_is_invisible, _is_letter_mark)),
            *(each.pattern for each in (_BEYOND, _WORTH_SPACES, _SQUARED)),
        )
    ).encode()
)


def normalize(text: str) -> str:
    """Return `text` as filters compare it."""
    return _normalize(text.replace(_GAP, ""))


def normalize_all(texts: Sequence[str]) -> str:
    """Return all `texts` normalized in one go, with `SEPARATOR` between them."""
    if is_plain("".join(texts)):
        return join_plain(texts)
    joined = _GAP.join(texts)
    if joined.count(_GAP) >= len(texts):
        joined = _GAP.join(text.replace(_GAP, "") for text in texts)
    joined = _normalize(joined)
    return joined.replace(f" {_GAP}", _GAP).replace(f"{_GAP} ", _GAP).replace(_GAP, SEPARATOR)


def join_plain(texts: Iterable[str]) -> str:
    """Return the result of `normalize_all` for texts that are plain when joined."""
    return SEPARATOR.join([text.strip(" ") for text in texts]).lower()


def is_plain(text: str) -> bool:
    """Return True if normalisation changes only case and outer spaces of `text`."""
    return text.isascii() and text.isprintable() and "  " not in text


def _normalize(text: str) -> str:
    if is_plain(text):
        return text.strip(" ").lower()
    if text.isascii():
        text = text.lower()
        if not text.isprintable():
            text = text.translate(_ASCII_WITHOUT_INVISIBLE)
    else:
        text = _fold(text)
    return " ".join(text.split())


def _fold(text: str) -> str:
    if _ODD.search(text.encode("utf-8", "replace")) is not None:
        text = _without_odd(text)
    # Decompose, remove marks, fold case, compose.
    decomposed = unicodedata.normalize("NFKD", text)
    folded = decomposed.casefold()
    return unicodedata.normalize(
        "NFKC", folded if decomposed == text else without_invisible(folded)
    )


def _without_odd(text: str) -> str:
    if len(text) > _MAX_SQUARED:
        spaced, squared = _SQUARED.subn(" ", text)
        text = spaced if squared > _MAX_SQUARED else text
    text = without_invisible(text.translate(_SPACES_FOR) if _WORTH_SPACES.search(text) else text)
    return text if text.isascii() else _LONG_MARKS.sub(r"\1", text)


def without_invisible(text: str) -> str:
    """Return `text` without invisible characters and marks."""
    if text.isascii():
        return text.translate(_ASCII_WITHOUT_INVISIBLE)
    sample = _INVISIBLE_CHARACTERS.intersection(text[:_SAMPLE_CHARS])
    if len(sample) > _REPLACED_ONE_BY_ONE:
        text = _INVISIBLE.sub("", text)
    else:
        text = _without_each(sample, text)
        for _ in range(_FURTHER_ONES):
            if (match := _INVISIBLE.search(text)) is None:
                break
            text = text.replace(match[0], "")
        else:
            text = _INVISIBLE.sub("", text)
    if _BEYOND.search(text) is None:
        return text
    return _without_each(_INVISIBLE_CHARACTERS.intersection(text), text)


def _without_each(characters: Collection[str], text: str) -> str:
    if len(characters) > _REPLACED_ONE_BY_ONE:
        return text.translate(dict.fromkeys(map(ord, characters)))
    for character in characters:
        text = text.replace(character, "")
    return text


def is_word_character(character: str) -> bool:
    """Return True if `character` belongs to a word, so that no word ends beside it."""
    return character.isalnum() or character == "_"


def words_in(texts: Iterable[str]) -> tuple[str, ...]:
    """Return `texts` normalized, each once, in their order; empty ones are left out."""
    return tuple(dict.fromkeys(filter(None, map(normalize, texts))))
