"""Answers to a question: sentences with its words."""

import re
from typing import Final

from countersign.policy.text.likeness.vocabulary import all_words

LEAST_ASKED: Final = 3
"""Number of longer words of a question from which on it is clear what answers it."""
ANSWER_PERCENT: Final = 60
"""Minimum share of these words that an answer has in it: two of three."""
_QUESTION: Final = re.compile(r"[^.!?\n]{8,300}\?")
_LONGER_WORD: Final = re.compile(r"[^\W\d_]{4,}")


def asked_words(text: str) -> frozenset[int]:
    """Return `all_words` of the longer words in a normalized text's questions.

    Nothing if they are too few.
    """
    questions = " ".join(_QUESTION.findall(text))
    words = all_words(" ".join(_LONGER_WORD.findall(questions)))
    return words if len(words) >= LEAST_ASKED else frozenset()


def is_answer(words: frozenset[int], asked: frozenset[int]) -> bool:
    """Return True if a text of these words, as `all_words` has them, answers such a question."""
    return len(words & asked) * 100 >= len(asked) * ANSWER_PERCENT
