"""Lengths of words without a break, as clients show them."""

import re
from functools import cache
from itertools import takewhile
from typing import Final

from countersign.policy.text.finders import finder_of
from countersign.policy.text.unspaced_scripts import UNSPACED

_SCHEME_END: Final = "://"
_MAX_SCHEME_CHARS: Final = 21
_MAX_SCHEMES: Final = 50
_SCHEME_TO_THE_END: Final = re.compile(r"(?<![a-zA-Z0-9])[a-zA-Z][a-zA-Z0-9+.\-]{0,20}\Z")
# With a character after it. Begins with a class of few characters, which makes the search fast.
_LINK_BEGINS: Final = re.compile(
    r"[hHwWdDmM](?:(?<=[hH])[tT]{2}[pP][sS]?://|(?<=[wW])[wW]{2}\.|(?<=[dD])[aA][tT][aA]:"
    r"|(?<=[mM])[aA](?:[gG][nN][eE][tT]|[tT][rR][iI][xX]):)(?=.)",
    re.DOTALL,
)
# Characters at which browsers may break a line, or that separate parts of a path or list.
_SIGNS: Final = "/\\&?#=.,:;|+-"
_SIGN: Final = re.compile(rf"[{re.escape(_SIGNS)}]")
_MANY_SIGNS: Final = re.compile(rf"[{re.escape(_SIGNS)}]{{32,}}")
_NO_SIGN: Final = re.compile(rf"[^{re.escape(_SIGNS)}]")
# Begins with a class of few characters: the search takes a tenth of the time.
_SIGN_WITHIN: Final = re.compile(rf"{_SIGN.pattern}(?<=\w.){_SIGN.pattern}*+(?=\w)")
# Keys, hashes and encoded data: letters of both cases with digits, or hexadecimal.
_KEY: Final = re.compile(
    r"(?=[^0-9]*[0-9])(?:(?=[^A-Z]*[A-Z])(?=[^a-z]*[a-z])[A-Za-z0-9+/=_-]+|[0-9a-f]+|[0-9A-F]+)"
)
_KEY_CHARACTERS: Final = 10
_KEY_SHARE: Final = 4
"""Divisor of the length of a key, since messages have few."""
_LINK_CHARACTERS: Final = 6
_MAX_MEASURED_WORDS: Final = 50
_SAMPLE_CHARS: Final = 100
_LETTERS_OF_UNSPACED: Final = re.compile(f"[{UNSPACED}]+")
_holds_unspaced: Final = finder_of(f"[{UNSPACED}]")


def without_unspaced(text: str) -> str:
    """Return `text` without letters of scripts that put no spaces between words."""
    if text.isascii() or not _holds_unspaced(text):
        return text
    # Most long words consist of few different letters.
    for letter in set(_LETTERS_OF_UNSPACED.findall(text[:_SAMPLE_CHARS])):
        text = text.replace(letter, "")
    return _LETTERS_OF_UNSPACED.sub("", text)


class UnbrokenWords:
    """Words of a text, each measured once for all limits.

    Args:
        text: as written.
    """

    def __init__(self, text: str) -> None:
        self._words = sorted(text.split(), key=len, reverse=True)[:_MAX_MEASURED_WORDS]
        self._without_unspaced = cache(without_unspaced)
        self._measured = cache(_measured)

    def longest(self, limit: int) -> int:
        """Return the length of the longest word without a break, if longer than `limit`.

        Links, keys, paths and lists are not counted in full. For a text within the limit, any
        number within it is returned.
        """
        long = takewhile(lambda word: len(word) > limit, self._words)
        return max((self._unbroken(word, limit) for word in long), default=0)

    def _unbroken(self, word: str, limit: int) -> int:
        """Return the length of a word; links and keys are not counted in full.

        For a word within `limit`, any number within it is returned.
        """
        word = self._without_unspaced(word)
        if _is_parted(word, limit):
            return 0
        parts, dull = self._measured(word)
        longest = 0
        for piece in parts:
            if len(piece) <= longest:
                break  # the remaining parts are no longer than this one
            if len(piece) > _KEY_SHARE * (limit + 1):
                return len(piece)  # too long for a key as well
            longest = max(longest, _weight(piece))
        return max(longest, dull)


def _measured(word: str) -> tuple[list[str], int]:
    """Return the parts of a word before a link, longest first, and its longest dull part."""
    begin = _link_begin(word)
    # Links may be long, but one letter repeated is no link.
    dull = filter(_is_dull, _parts(word[begin:]))
    return sorted(_parts(word[:begin]), key=len, reverse=True), max(map(len, dull), default=0)


def _parts(word: str) -> list[str]:
    """Return the parts of a word between punctuation."""
    if not any(map(word.__contains__, _SIGNS)):
        return [word]
    parts = [""]
    read_end = 0
    # A row of signs is examined once, not at each of its signs.
    for match in _MANY_SIGNS.finditer(word):
        begin, end = match.span()
        _go_on(parts, _SIGN_WITHIN.split(word[read_end:begin]))
        is_within = begin > 0 and end < len(word) and _is_letter(word[begin - 1], word[end])
        _go_on(parts, ["", ""] if is_within else [match[0]])
        read_end = end
    _go_on(parts, _SIGN_WITHIN.split(word[read_end:]))
    return parts


def _go_on(parts: list[str], more: list[str]) -> None:
    """Add parts, of which the first continues the last one in the list."""
    parts[-1] += more[0]
    parts += more[1:]


def _is_parted(word: str, limit: int) -> bool:
    """Return True if no part of a word between punctuation is longer than `limit`.

    It steps from the last punctuation within `limit` to the next, so that a word of ten thousand
    dots takes few steps.
    """
    start = 0
    while len(word) - start > limit:
        within_reach = word[start : start + limit + 1]
        # In the reversed text, the last sign comes first.
        match = _SIGN.search(within_reach[::-1])
        if match is None:
            return False
        sign = start + len(within_reach) - match.end()
        begin = start + len(word[start:sign].rstrip(_SIGNS))
        behind = _NO_SIGN.search(word, sign)
        end = len(word) if behind is None else behind.start()
        if not (start < begin < end < len(word) and _is_letter(word[begin - 1], word[end])):
            end = _end_of_last_sign(word, start, start + limit)
            if end < 0:
                return False
        start = end
    return True


def _is_letter(*characters: str) -> bool:
    return all(each.isalnum() or each == "_" for each in characters)


def _end_of_last_sign(word: str, start: int, last: int) -> int:
    """Return the end of the last punctuation in a word that begins up to `last`; -1 for none."""
    if word[last] in _SIGNS:
        # A row of signs may continue after `last`.
        begin = start + len(word[start : last + 1].rstrip(_SIGNS))
        behind = _NO_SIGN.search(word, last)
        end = len(word) if behind is None else behind.start()
        if begin > 0 and end < len(word) and _is_letter(word[begin - 1], word[end]):
            return end
        last = begin
    ends = [match.end() for match in _SIGN_WITHIN.finditer(word, start, last + 1)]
    return ends[-1] if ends else -1


def _link_begin(word: str) -> int:
    """Return the beginning of a link in a word; the word's length without one."""
    usual = _LINK_BEGINS.search(word) if ":" in word or "." in word else None
    begins = [len(word) if usual is None else usual.start()]
    end = -1
    for _ in range(_MAX_SCHEMES):
        end = word.find(_SCHEME_END, end + 1)
        if not 0 <= end < len(word) - len(_SCHEME_END):
            break
        scheme = _SCHEME_TO_THE_END.search(word, max(0, end - _MAX_SCHEME_CHARS), end)
        if scheme is not None:
            begins.append(scheme.start())
            break
    return min(begins)


def _weight(piece: str) -> int:
    is_key = _KEY.fullmatch(piece) is not None and len(set(piece)) >= _KEY_CHARACTERS
    return len(piece) // _KEY_SHARE if is_key else len(piece)


def _is_dull(piece: str) -> bool:
    return len(set(piece)) < _LINK_CHARACTERS
