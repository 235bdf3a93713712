"""Vocabularies: the words that two texts have in common, in any order.

Variations of one message, in which words are left out, changed or put elsewhere, have most of their
words in common. Short texts, greetings and words of courtesy prove nothing: people do say the same.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final
from zlib import crc32

from countersign.policy.text.look_alikes import skeleton
from countersign.policy.text.minhash import compared_words
from countersign.policy.text.normalisation import normalize
from countersign.policy.text.prose.courtesies import without_courtesies
from countersign.policy.text.word_lists import read_words

MIN_WORDS: Final = 6
MIN_LETTERS: Final = 24
MIN_FEW_WORDS: Final = 3
MIN_SIGNS: Final = 10
"""Minimum number of signs and emoji of a text of nothing else; fewer are a cheer."""
MAX_WORDS: Final = 60
"""Maximum number of words compared, from the beginning of a text."""
MAX_SMALL: Final = 40
"""A vocabulary of more words is that of a language, which everybody uses."""

MAX_SIGNS: Final = 256
"""Limit on how much of a text is searched for signs."""

_USER_ID: Final = re.compile(r"\W{0,2}@[^\s:@]{1,255}:[a-z0-9\[]")
_MIN_PIECES: Final = 10
_PIECE_CHARS: Final = 2

_GREETINGS: Final = frozenset(skeleton(normalize(" ".join(read_words("greetings")))).split())


@lru_cache(maxsize=64)
def vocabulary(text: str) -> frozenset[int]:
    """Return hashes of the different words of a normalized text; none if it proves nothing.

    Of scripts without spaces between words they are of pairs of characters; of rows of signs or
    emoji, with two words at most, it is one hash of the signs.
    """
    words = without_courtesies(_words(text))
    if len(words) < MIN_FEW_WORDS and len(text) >= MIN_SIGNS and (row := _row_of_signs(text)):
        return frozenset((_hash(row),))
    if len(words) >= MIN_WORDS:
        different = _few_of(words)
        is_short = sum(map(len, words)) < MIN_LETTERS or len(different) < MIN_WORDS - 1
        return frozenset() if is_short else different
    joined = "".join(words)
    if joined.isascii() or any(word in _GREETINGS for word in words):
        return frozenset()
    pairs = {joined[at : at + _PIECE_CHARS] for at in range(len(joined) - 1)}
    return frozenset(map(_hash, pairs)) if len(pairs) >= _MIN_PIECES else frozenset()


def few_words(text: str) -> frozenset[int]:
    """Return the same of a shorter text too; none if it is very short, or a greeting."""
    return _few_of(_words(text))


def _few_of(words: list[str]) -> frozenset[int]:
    greeting = sum(word in _GREETINGS for word in words)
    if len(words) < MIN_FEW_WORDS or greeting * 3 >= len(words):
        return frozenset()
    return _hashes(words[:MAX_WORDS])


def all_words(text: str) -> frozenset[int]:
    """Return the same of any text of three words or more, unless it is a greeting and no more."""
    words = _words(text)
    if len(words) < MIN_FEW_WORDS or all(word in _GREETINGS for word in words):
        return frozenset()
    return _hashes(words[:MAX_WORDS])


def _words(text: str) -> list[str]:
    """Return the words of a normalized text, without those that name whom it calls."""
    if "@" in text:
        text = " ".join([piece for piece in text.split() if not _USER_ID.match(piece)])
    return compared_words(text)


def _row_of_signs(text: str) -> str:
    """Return the different signs of a row of them, in order; nothing if there are few."""
    # A link has signs too.
    pieces = [piece for piece in text[:MAX_SIGNS].split() if not any(map(str.isalnum, piece))]
    signs = "".join(pieces)
    return "".join(sorted(set(signs))) if len(signs) >= MIN_SIGNS else ""


def small_vocabulary(texts: Sequence[frozenset[int]]) -> frozenset[int]:
    """Return the words of all texts; none if they are so many that it proves nothing."""
    together: frozenset[int] = frozenset().union(*texts)
    return together if len(together) <= MAX_SMALL else frozenset()


def alike_with(
    words: frozenset[int],
    texts: Sequence[frozenset[int]],
    common: int,
    within: int,
) -> list[int]:
    """Return the places of texts in nearly the same words, or in the few that these are made of.

    Args:
        words: of one text.
        texts: the words of others.
        common: percent of all words of both that must be in both.
        within: percent of a text's words that must be in the small vocabulary of those found.
    """
    found = {place for place, each in enumerate(texts) if common_percent(words, each) >= common}
    before = 0
    while len(found) > before:
        before = len(found)
        small = small_vocabulary([words, *(texts[place] for place in found)])
        found |= {
            place for place, each in enumerate(texts) if within_percent(each, small) >= within
        }
    return sorted(found)


def within_percent(one: frozenset[int], other: frozenset[int]) -> int:
    """Return how much of the first text's words is in the second; 0 if either has none."""
    return len(one & other) * 100 // len(one) if one else 0


def common_percent(one: frozenset[int], other: frozenset[int]) -> int:
    """Return how much of all words of two texts is in both; 0 if either has none."""
    common = len(one & other)
    return common * 100 // (len(one) + len(other) - common) if common else 0


def _hashes(words: Sequence[str]) -> frozenset[int]:
    # All in one go: no word holds a space.
    return frozenset(map(crc32, " ".join(words).encode("utf-8", "surrogatepass").split(b" ")))


def _hash(word: str) -> int:
    # The same in every process, for counters that several share.
    return crc32(word.encode("utf-8", "surrogatepass"))
