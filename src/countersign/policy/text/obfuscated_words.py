"""Obfuscated words: words written with look-alikes of their letters."""

from collections.abc import Iterator, Sequence
from typing import Final

from ahocorasick_rs import AhoCorasick

from countersign.policy.document.mistakes import Mistake, shown
from countersign.policy.document.options import OptionsInvalid
from countersign.policy.text.look_alikes import skeleton
from countersign.policy.text.normalisation import normalize, words_in

MIN_WORD_CHARACTERS: Final = 3


class ObfuscatedWords:
    """The option `words` of a filter, whose words are found also if they are obfuscated.

    Args:
        given: the words in the policy.

    Attributes:
        words: normalized, each once.

    Raises:
        OptionsInvalid: some are too short.
    """

    __slots__ = ("_finder", "words")

    def __init__(self, words: Sequence[str]) -> None:
        allowed = f"a word of {MIN_WORD_CHARACTERS} or more letters"
        mistakes = [
            Mistake(path=("words", position), found=shown(word), allowed=allowed)
            for position, word in enumerate(words)
            if len(normalize(word)) < MIN_WORD_CHARACTERS
        ]
        if mistakes:
            raise OptionsInvalid(mistakes)
        self.words: Final = words_in(words)
        self._finder = AhoCorasick(list(map(skeleton, self.words))) if self.words else None

    def find_in(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Yield start and end of the parts of normalized `text` that look like a word.

        Each is yielded with the word; overlapping ones are all found.
        """
        if self._finder is not None:
            matches = self._finder.find_matches_as_indexes(skeleton(text), overlapping=True)
            for index, start, end in matches:
                yield start, end, self.words[index]
