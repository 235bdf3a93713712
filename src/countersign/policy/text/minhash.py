"""Minhashes: short digests by which varied copies of a text are recognised as nearly the same.

It is made of a text's pairs of words: the share of equal places in two minhashes estimates the
share of pairs that the texts have in common. Numbers, links, user IDs and quotations of a reply are
left out, and look-alike letters are equal.
"""

import re
import sys
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import compress, count, islice, pairwise
from operator import not_
from typing import Final, NamedTuple

from rensa import RMinHash

from countersign.policy.text.finders import finder_of
from countersign.policy.text.look_alikes import skeleton
from countersign.policy.text.prose.courtesies import (
    may_lack_beside_courtesies,
    without_courtesies,
)

PLACES: Final = 64
BAND_PLACES: Final = 4
MAX_WORDS: Final = 120
_FEW_WORDS: Final = 5
_SEED: Final = 20_181
_IN_LINK_OR_NUMBER: Final = re.compile(r"://|www\.|\d")
_NUMBERED: Final = re.compile(r"\W?([^\W\d_]{3,20})\d{1,2}\W{0,2}")
"""Word or name with a number at its end, such as `PETR4`."""
_WORD: Final = re.compile(r"[^\W_]+")
# One pattern that is in every match of two patterns above, for a fast check.
_may_hold_link_or_number: Final = finder_of(r"://|www\.|\p{Nd}")
_USER_ID: Final = re.compile(r"\W{0,2}@[^\s:@]{1,255}:[a-z0-9\[]")
_NAMES_PLACE: Final = re.compile(r"[./@#:_]\w")
_DIGITS_MARKED: Final = bytes.maketrans(b"123456789", b"0" * 9)
"""Table that replaces every digit by the same one, to search for."""
_SIGNS: Final = (b"0", b"://", b"www.")
# The skeleton of each ASCII character in a word, or a space for those between words.
_WORDS_ALONE: Final = (
    "".join(look if (look := skeleton(chr(code))).isalnum() else " " for code in range(128))
    .encode()
    .ljust(256)
)
_BETWEEN_WORDS: Final = bytes(code for code in range(128) if _WORDS_ALONE[code] == ord(" "))


class MinHash(NamedTuple):
    """The minhash of one text.

    Attributes:
        places: 64 numbers.
    """

    places: tuple[int, ...]

    def __hash__(self) -> int:
        return hash(self.places[0])

    def bands(self) -> Iterator[tuple[int, ...]]:
        """Return the 16 bands; near duplicates most likely have one in common."""
        return zip(*[iter(self.places)] * BAND_PLACES, strict=True)

    def likeness_percent(self, other: Iterable[int]) -> int:
        """Return the estimated share of common pairs of words, by the places of another minhash."""
        same = sum(map(int.__eq__, self.places, other))
        return same * 100 // PLACES


class _Compared(NamedTuple):
    """Compared words of a text, and the length of the text without all others."""

    words: list[str]
    length: int


def compared_words(text: str) -> list[str]:
    """Return the compared words of a normalized text, as skeletons, without links and user IDs."""
    return _compared(text).words


# For a minhash, for a length and for a vocabulary.
@lru_cache(maxsize=64)
def _compared(text: str) -> _Compared:
    if "@" in text:
        # Many turn to one person; what they say is compared.
        text = " ".join([piece for piece in text.split() if not _USER_ID.match(piece)])
    if text.isascii():
        return _compared_in_ascii(text.encode())
    # Most texts have neither, and need no check of each word.
    if not _may_hold_link_or_number(text):
        return _Compared(_words_in(text, MAX_WORDS), len(text))
    words = _every_word(text)
    return _Compared(words[:MAX_WORDS], len(" ".join(words)))


def _compared_in_ascii(text: bytes) -> _Compared:
    # Bytes are translated and searched in half the time of strings.
    marked = text.translate(_DIGITS_MARKED)
    signs = [sign for sign in _SIGNS if sign in marked]
    if not signs:
        return _Compared(_words_in_ascii(text, MAX_WORDS)[:MAX_WORDS], len(text))
    text = _without_links_and_numbers(text, marked, signs)
    words = _words_in_ascii(text, -1)
    # The letters, and a space between two words.
    length = len(text.translate(None, _BETWEEN_WORDS)) + max(0, len(words) - 1)
    return _Compared(words[:MAX_WORDS], length)


def _every_word(text: str) -> list[str]:
    """Return all words without links and numbers."""
    pieces = text.split()
    # Piece by piece: one expression for whole links and numbers takes a minute for a word of 60 kB.
    # Most pieces are letters only and need no further check.
    for place in compress(count(), map(not_, map(str.isalpha, pieces))):
        pieces[place] = _without_number(pieces[place])
    return _words_in(" ".join(pieces), sys.maxsize)


def _words_in(text: str, most: int) -> list[str]:
    """Return the first words of a text as skeletons."""
    if text.isascii():
        return _words_in_ascii(text.encode(), most)[:most]
    return [match[0] for match in islice(_WORD.finditer(skeleton(text)), most)]


def _words_in_ascii(text: bytes, splits: int) -> list[str]:
    return text.translate(_WORDS_ALONE).decode().split(None, splits)


def _without_links_and_numbers(text: bytes, marked: bytes, signs: list[bytes]) -> bytes:
    """Return a text with `_without_number` applied to each piece with a digit or a link.

    Args:
        text: in ASCII.
        marked: the same with zeros for all digits.
        signs: the signs of numbers and links in it.
    """
    parts: list[bytes] = []
    read_end = 0
    while signs:
        places = {sign: place for sign in signs if (place := marked.find(sign, read_end)) >= 0}
        if not places:
            break
        signs, place = list(places), min(places.values())
        start = text.rfind(b" ", read_end, place) + 1 or read_end
        end = text.find(b" ", place)
        end = len(text) if end < 0 else end
        parts += (text[read_end:start], _without_number(text[start:end].decode()).encode())
        read_end = end
    parts.append(text[read_end:])
    return b"".join(parts)


def _without_number(piece: str) -> str:
    """Return a piece without a number at its end; `""` for a link or another number."""
    if _IN_LINK_OR_NUMBER.search(piece) is None:
        return piece
    match = _NUMBERED.fullmatch(piece)
    return "" if match is None else match[1]


def length_without_numbers(text: str) -> int:
    """Return the length of a normalized text without links, numbers, codes and punctuation.

    Short texts with a number, such as one-time codes, and a word or two beside a link are equal for
    everybody who gets or shares them.
    """
    return _compared(text).length


def length_without_courtesies(text: str, enough: int) -> int:
    """Return `length_without_numbers` without words of thanks, wishes and greetings.

    They may be counted in a text that has at least `enough` characters without them.
    """
    words, length = _compared(text)
    rest = length - len(" ".join(words))
    if not may_lack_beside_courtesies(words, enough - rest):
        return length
    remaining = without_courtesies(words)
    return length if remaining is words else rest + len(" ".join(remaining))


def is_courtesy(text: str) -> bool:
    """Return True if a normalized text has words of courtesy, and no other words or places."""
    if _NAMES_PLACE.search(text) is not None:
        return False
    words = _words_in(text, MAX_WORDS)
    return bool(words) and not without_courtesies(words)


@lru_cache(maxsize=64)
def minhash_of(text: str) -> MinHash | None:
    """Return the minhash of a normalized text; None without compared words."""
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
