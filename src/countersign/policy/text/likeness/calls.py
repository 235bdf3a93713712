"""Calls to write something: a teacher's exercise, a line to repeat, a round of introductions."""

import re
from typing import Final

from countersign.policy.text.finders import finder_of
from countersign.policy.text.normalisation import normalize
from countersign.policy.text.word_lists import read_words

MAX_CALL_CHARS: Final = 400
"""Maximum length of a call; longer texts are not read."""
_FIRST_UNSPACED: Final = "\u0e00"
"""First character of the scripts without spaces between words."""
_POLITE: Final = (
    "please", "bitte", "jetzt", "s'il vous plaît", "maintenant", "por favor", "ahora", "agora",
    "ora", "per favore", "graag", "proszę", "teraz",
    "пожалуйста", "теперь", "будь ласка", "lütfen", "şimdi", "tolong", "silakan", "sekarang",
    "prosím", "xin",
)  # fmt: skip
"""Words after which the imperative may stand within a sentence."""


def _pattern() -> str:
    words = [re.escape(normalize(word)) for word in read_words("calls_to_write")]
    polite = "|".join(re.escape(normalize(word)) for word in _POLITE)
    spaced = "|".join(word for word in words if word < _FIRST_UNSPACED)
    unspaced = "|".join(word for word in words if word >= _FIRST_UNSPACED)
    # RE2's `\W` knows ASCII alone.
    gap = r"[^\pL\p{Nd}_]"
    begins = rf"(?:\A|[.!?\n]){gap}*(?:(?:{polite}){gap}+)?|(?:\A|{gap})(?:{polite}){gap}+"
    return rf"(?:{begins})(?:{spaced})(?:{gap}|\z)|{unspaced}"


_calls: Final = finder_of(_pattern())


def calls_to_write(text: str) -> bool:
    """Return True if a short normalized text asks people to write something."""
    return len(text) <= MAX_CALL_CHARS and _calls(text)
