"""Names of messengers in a text."""

from collections.abc import Iterator
from typing import Final

from countersign.policy.text.finders import WordFinder
from countersign.policy.text.word_lists import read_words

NAMES: Final = read_words("messengers")
_MESSENGERS: Final = WordFinder(NAMES)


def messengers_in(normalized: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of each name of a messenger in a text, as `normalize` leaves it."""
    return _MESSENGERS.spans(normalized)
