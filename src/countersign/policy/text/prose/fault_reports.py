"""Reports of faults in programs, such as requests for help."""

from typing import Final

from countersign.policy.text.finders import WordFinder
from countersign.policy.text.word_lists import read_words

MAX_READ_CHARS: Final = 4_096

_FAULTS: Final = WordFinder(read_words("faults"))
_PROGRAMS: Final = WordFinder(read_words("programs"))


def reports_fault(normalized: str) -> bool:
    """Return True if a normalized text names a program or a part of one, and a fault."""
    beginning = normalized[:MAX_READ_CHARS]
    return _holds(_FAULTS, beginning) and _holds(_PROGRAMS, beginning)


def _holds(words: WordFinder, text: str) -> bool:
    return next(words.spans(text), None) is not None
