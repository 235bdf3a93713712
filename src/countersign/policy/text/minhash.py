"""Minhashes: short digests by which varied copies of a text are recognised as nearly the same.

A minhash describes a text's pairs of words: the share of places in which two minhashes agree is
about the share of pairs that the texts have in common. Numbers, links and what a reply quotes are
left out, letters are compared as they look.
"""

import re
import sys
from collections.abc import Iterable
from functools import lru_cache
from itertools import compress, count, islice, pairwise
from operator import not_
from typing import Final, NamedTuple

from rensa import RMinHash

from countersign.policy.text.finders import finder_of
from countersign.policy.text.look_alikes import skeleton

PLACES: Final = 64
BAND_PLACES: Final = 4
MAX_WORDS: Final = 120
_FEW_WORDS: Final = 5
_SEED: Final = 20_181
_IN_LINK_OR_NUMBER: Final = re.compile(r"://|www\.|\d")
_NUMBERED: Final = re.compile(r"\W?([^\W\d_]{3,20})\d{1,2}\W{0,2}")
"""A word or name with a number at its end, by which it is told from others: `PETR4`."""
_WORD: Final = re.compile(r"[^\W_]+")
# All that two of the patterns above need, by a faster engine: most texts have none of it.
_may_hold_link_or_number: Final = finder_of(r"://|www\.|\p{Nd}")
# For each character of ASCII what it looks like in a word, or the space between words.
_WORDS_ALONE: Final = {
    code: look if (look := skeleton(chr(code))).isalnum() else " " for code in range(128)
}


class MinHash(NamedTuple):
    """The minhash of one text.

    Attributes:
        places: 64 numbers.
    """

    places: tuple[int, ...]

    def __hash__(self) -> int:
        return hash(self.places[:BAND_PLACES])

    def bands(self) -> list[tuple[int, ...]]:
        """Return 16 pieces; texts that are nearly the same have one in common, most likely."""
        return [self.places[at : at + BAND_PLACES] for at in range(0, PLACES, BAND_PLACES)]

    def likeness_percent(self, other: Iterable[int]) -> int:
        """Return how much two texts have in common, by the places of the other's minhash."""
        same = sum(map(int.__eq__, self.places, other))
        return same * 100 // PLACES


def compared_words(text: str) -> list[str]:
    """Return the words by which a normalized text is compared: no links, letters as they look."""
    if _may_hold_link_or_number(text):
        return _every_word(text)[:MAX_WORDS]
    return _words_in(text, MAX_WORDS)


@lru_cache(maxsize=64)
def _every_word(text: str) -> list[str]:
    """Return all words without links and numbers: for a minhash and for a length."""
    pieces = text.split()
    # Piece by piece: one expression for whole links and numbers takes a minute for a word of 60 kB.
    # Most are of letters alone, and those alone need no further look.
    for place in compress(count(), map(not_, map(str.isalpha, pieces))):
        pieces[place] = _without_number(pieces[place])
    return _words_in(" ".join(pieces), sys.maxsize)


def _words_in(text: str, most: int) -> list[str]:
    """Return the first words of a text, with letters as they look."""
    if text.isascii():
        return text.translate(_WORDS_ALONE).split(None, most)[:most]
    return [found[0] for found in islice(_WORD.finditer(skeleton(text)), most)]


def _without_number(piece: str) -> str:
    """Return a piece without a number at its end; the empty text of a link or another number."""
    if _IN_LINK_OR_NUMBER.search(piece) is None:
        return piece
    found = _NUMBERED.fullmatch(piece)
    return "" if found is None else found[1]


def length_without_numbers(text: str) -> int:
    """Return the characters of a normalized text but for links, numbers, codes and signs.

    Messages that say little beside a number, such as one-time codes, are alike whoever gets them,
    and so are a word or two beside a link, whoever shares it.
    """
    # Most texts have none, and are not looked at word by word.
    return len(" ".join(_every_word(text))) if _may_hold_link_or_number(text) else len(text)


@lru_cache(maxsize=64)
def minhash_of(text: str) -> MinHash | None:
    """Return the minhash of a normalized text; None if nothing is left of it to compare."""
    words = compared_words(text)
    if len(words) < _FEW_WORDS:
        # Scripts without spaces between words.
        joined = "".join(words)[:MAX_WORDS]
        pieces = [joined[at : at + 3] for at in range(len(joined) - 2)]
    else:
        pieces = list(map(" ".join, pairwise(words)))
    if not pieces:
        return None
    hashed = RMinHash(num_perm=PLACES, seed=_SEED)
    hashed.update(pieces)
    return MinHash(tuple(hashed.digest()))
