"""Letters beside the links of a text, to tell a lone link from one in a sentence."""

from collections.abc import Collection, Iterator
from itertools import islice
from typing import Final

_MAX_LINKS: Final = 8
_ALL_BUT_LETTERS: Final = {code: None for code in range(128) if not chr(code).isalpha()}


class LettersBesideLinks:
    """Count of the letters of a text beside its links, as far as needed.

    Args:
        links: as written in the text, each once.
        prose: the text without code.
    """

    __slots__ = ("_are_many", "_count", "_letters")

    def __init__(self, links: Collection[str], prose: str) -> None:
        self._are_many = len(links) > _MAX_LINKS
        self._count = 0
        self._letters: Iterator[str] = iter(())
        if not self._are_many:
            # The longest first: one may be the beginning of another.
            for link in sorted(links, key=len, reverse=True):
                prose = prose.replace(link, " ")
            self._letters = _letters_of(prose)

    def are_few(self, max_letters: int) -> bool:
        """Return True for at most `max_letters` letters and eight links; more are a list."""
        if self._count <= max_letters:
            self._count += sum(1 for _ in islice(self._letters, max_letters + 1 - self._count))
        return not self._are_many and self._count <= max_letters


def _letters_of(text: str) -> Iterator[str]:
    return iter(text.translate(_ALL_BUT_LETTERS)) if text.isascii() else filter(str.isalpha, text)
