"""Words beside links: a link alone is another thing than one in a sentence."""

from collections.abc import Collection
from itertools import islice
from typing import Final

_MAX_LINKS: Final = 8


def says_little_beside(links: Collection[str], prose: str, max_letters: int) -> bool:
    """Return True if a text has at most so many letters beside its links.

    Not so with more than eight links: that is a list.

    Args:
        links: as they stand in the text, each once.
        prose: the text without code.
        max_letters: so many letters are little.
    """
    if len(links) > _MAX_LINKS:
        return False
    # The longest first: one may be the beginning of another.
    for link in sorted(links, key=len, reverse=True):
        prose = prose.replace(link, " ")
    letters = filter(str.isalpha, prose)
    return sum(1 for _ in islice(letters, max_letters + 1)) <= max_letters
