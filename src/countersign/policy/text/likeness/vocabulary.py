"""Vocabularies: comparison of texts by their sets of words.

Variations of a message, in which words are left out, changed or moved, have most words in common.
Short texts, greetings and words of courtesy are not compared: honest people use the same ones.
"""

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
"""Minimum number of symbols in a text without words; fewer are a cheer."""
MAX_WORDS: Final = 60
"""Maximum number of words compared, from the beginning of a text."""
MAX_SMALL: Final = 40
"""Maximum number of words of a small vocabulary; a larger one is everyday language."""

MAX_SIGNS: Final = 256
"""Maximum number of characters of a text that are searched for symbols."""

_MIN_PIECES: Final = 10
_PIECE_CHARS: Final = 2

_GREETINGS: Final = frozenset(skeleton(normalize(" ".join(read_words("greetings")))).split())


@lru_cache(maxsize=64)
def vocabulary(text: str) -> frozenset[int]:
    """Return hashes of the different words of a normalized text; none if it is not compared.

    In scripts without spaces between words, pairs of characters count as words. A row of symbols
    with two words at most has one hash, of the symbols.
    """
    words = without_courtesies(compared_words(text))
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
    """Return the vocabulary also of a shorter text; none of a very short one or a greeting."""
    return _few_of(compared_words(text))


def _few_of(words: list[str]) -> frozenset[int]:
    greeting = sum(word in _GREETINGS for word in words)
    if len(words) < MIN_FEW_WORDS or greeting * 3 >= len(words):
        return frozenset()
    return _hashes(words[:MAX_WORDS])


def all_words(text: str) -> frozenset[int]:
    """Return the vocabulary of any text of three words or more but a greeting."""
    words = compared_words(text)
    if len(words) < MIN_FEW_WORDS or all(word in _GREETINGS for word in words):
        return frozenset()
    return _hashes(words[:MAX_WORDS])


def _row_of_signs(text: str) -> str:
    """Return the different symbols of a row of them, in order; `""` if there are few."""
    # Pieces without letters and digits only, since a link has signs too.
    pieces = [piece for piece in text[:MAX_SIGNS].split() if not any(map(str.isalnum, piece))]
    signs = "".join(pieces)
    return "".join(sorted(set(signs))) if len(signs) >= MIN_SIGNS else ""


def small_vocabulary(texts: Sequence[frozenset[int]]) -> frozenset[int]:
    """Return the words of all texts; none if they are more than `MAX_SMALL`."""
    together: frozenset[int] = frozenset().union(*texts)
    return together if len(together) <= MAX_SMALL else frozenset()


def alike_with(
    words: frozenset[int],
    texts: Sequence[frozenset[int]],
    common: int,
    within: int,
) -> list[int]:
    """Return the positions of the texts that are like one, or drawn from their small vocabulary.

    Args:
        words: the vocabulary of the one text.
        texts: the vocabularies of the others.
        common: minimum percentage of common words among all words of both.
        within: minimum percentage of a text's words in the small vocabulary of the texts found.
    """
    positions = {place for place, each in enumerate(texts) if common_percent(words, each) >= common}
    before = 0
    while len(positions) > before:
        before = len(positions)
        small = small_vocabulary([words, *(texts[place] for place in positions)])
        positions |= {
            place for place, each in enumerate(texts) if within_percent(each, small) >= within
        }
    return sorted(positions)


def within_percent(first: frozenset[int], second: frozenset[int]) -> int:
    """Return the percentage of the first text's words that the second has; 0 without words."""
    return len(first & second) * 100 // len(first) if first else 0


def common_percent(first: frozenset[int], second: frozenset[int]) -> int:
    """Return the percentage of all words of two texts that both have; 0 without words."""
    common = len(first & second)
    return common * 100 // (len(first) + len(second) - common) if common else 0


def have_common(first: frozenset[int], second: frozenset[int], percent: int) -> bool:
    """Return True if two texts have at least this percentage of all their words in common.

    Lengths are compared first, since that is cheaper.
    """
    first_count, second_count = len(first), len(second)
    is_near = (
        first_count * 100 >= second_count * percent and second_count * 100 >= first_count * percent
    )
    return is_near and common_percent(first, second) >= percent


def _hashes(words: Sequence[str]) -> frozenset[int]:
    # Encoded in one call, since no word contains a space.
    return frozenset(map(crc32, " ".join(words).encode("utf-8", "surrogatepass").split(b" ")))


def _hash(word: str) -> int:
    # The same in every process, for counters that several share.
    return crc32(word.encode("utf-8", "surrogatepass"))
