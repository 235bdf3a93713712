"""Words that are spelled out or disguised with digits and stops."""

import re
from typing import Final

import re2

from countersign.policy.text.finders import finder_of

MAX_READ_CHARS: Final = 4_096
_LEAST_LETTERS: Final = 12
"""Minimum number of separate letters in a spelled text."""
_SIGNS_BETWEEN: Final = "*._|-"
_BETWEEN_LETTERS: Final = f" \n{_SIGNS_BETWEEN}"
_BETWEEN_BYTES: Final = _BETWEEN_LETTERS.encode()
_BETWEEN_WORDS: Final = re.compile(r"[ \t]{2,}|\n[ \t]*\n|\n[ \t]+(?=\n)")
_BY_SIGNS: Final = re.compile(r"(?<!\w)\w([*._|-])\w(?:\1\w){2,}(?!\w)")

# Matches as little as possible. Two matches in a row are searched for one by one: a single pattern
# for both takes a hundred times as long.
_SPELLED: Final = re2.compile(
    r"(?:^|[^\pL\pN])(?:\pL[ .*_·•|-]{1,3}){5,}?\pL(?:[^\pL\pN]|$)".encode()
)
_DIGITS_FOR_LETTERS: Final = r"\b[a-z0134578]*[a-z][0134578]{1,2}[g-z][a-z0134578]*\b"
# Two patterns, since one for both takes twenty times as long: its automaton has too many states.
_DISGUISES: Final = tuple(
    map(
        finder_of,
        (
            r"(?:^|[ \n])[^ /@&=\n]{2,}(?:\.[^ ./@&=\n]{2,}){7}",
            rf"(?s)(?:{_DIGITS_FOR_LETTERS}.{{1,24}}){{3}}",
            r"(?s)(?:\pL\*{1,2}\pL.{1,24}){4}",
        ),
    )
)


def holds_disguised_words(normalized: str) -> bool:
    """Return True if several words are spelled out, have digits or stars, or are joined by stops.

    Args:
        normalized: the text, see `normalize`.
    """
    text = normalized[:MAX_READ_CHARS]
    return _spells_twice(text) or any(is_in(text) for is_in in _DISGUISES)


def _spells_twice(text: str) -> bool:
    encoded = text.encode("utf-8", "replace")
    first = _SPELLED.search(encoded)
    return first is not None and _SPELLED.search(encoded, first.end()) is not None


def _count_between(text: str) -> int:
    if text.isascii():
        return len(text) - len(text.encode().translate(None, _BETWEEN_BYTES))
    return sum(map(text.count, _BETWEEN_LETTERS))


def without_spelling(raw: str) -> str | None:
    """Return a text with its spelled-out words joined; None without any.

    Spelled-out words are separated by two spaces or an empty line, or by one space if other
    characters separate the letters.
    """
    text = raw[:MAX_READ_CHARS]
    # Usual texts have one of these for each five or six letters.
    if _count_between(text) * 3 < len(text):
        return None
    letters = 0

    def without_signs(match: re.Match[str]) -> str:
        nonlocal letters
        letters += len(match[0]) // 2
        return match[0].replace(match[1], "")

    if any(map(text.__contains__, _SIGNS_BETWEEN)):
        text = _BY_SIGNS.sub(without_signs, text)
    joined = []
    between = "\n" if text.count("\n") * 3 >= len(text) else None
    for word in _BETWEEN_WORDS.split(text):
        pieces = word.split(between)
        is_spelled = len(pieces) > 1 and all(len(piece.strip()) <= 1 for piece in pieces)
        letters += len(pieces) if is_spelled else 0
        joined.append("".join(map(str.strip, pieces)) if is_spelled else word)
    return " ".join(joined) if letters >= _LEAST_LETTERS else None
