"""Features of a text: what the text model has weights for.

A feature is a piece of the masked text (two to four characters, a word, two or three successive
words, two words with one between) or a fact about its structure. Each counts once in a text.
"""

# ruff: noqa: RUF001 - signs of many scripts

import re
from itertools import pairwise, repeat
from typing import Final

from countersign.policy.text.normalisation import normalize
from countersign.policy.text_model.addresses import DENSE_LETTER
from countersign.policy.text_model.masking import (
    AMOUNT,
    CHEAP_LINK,
    HANDLE,
    LINK,
    MAIL,
    MASKS,
    MAX_READ_CHARS,
    MESSENGER,
    PERCENT,
    PHONE,
    SHORTENED,
    SMALL_AMOUNT,
    WALLET,
    masked,
)

MIN_CHARS: Final = 15
"""Minimum length of a text; shorter ones have no features."""
MIN_WORDS: Final = 3
_FEW_WORDS: Final = 8
_MANY_WORDS: Final = 25
_SEVERAL_MASKS: Final = 3
GAP: Final = ""
"""Placeholder for any word in a sequence of words."""

# Normalized text has no others.
_SIGNS: Final = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~«»„“”‘’—–¡¿؟،।。、「」"
_LONG_WORD_CHARS: Final = 5
_LEAST_WORD_CHARS: Final = 2
# Scripts that put no space between words, or whose letters are syllables.
_MANY_DENSE_CHARS: Final = 8
# Letters of styles that Unicode has for formulas and signs, and full width.
_STYLED: Final = re.compile(
    "[\U0001d400-\U0001d7ff\uff21-\uff3a\uff41-\uff5a\U0001f130-\U0001f189\u24b6-\u24e9]"
)
_EMOJI: Final = re.compile("[\U0001f300-\U0001faff\u2600-\u27bf\u2b50\u2705]")

# Names such as those of most places that one bets at.
# Begins with its digit, for which it is looked in a twentieth of the time.
_NUMBERED_NAME: Final = re.compile(r"0(?<=[^\W\d_]{3}0)(?:00?|d)\b")
_MASKS: Final = re.compile(f"[{''.join(MASKS)}]")
_NAMES: Final = {mask: name.strip("‹›") for mask, name in MASKS.items()}
_CONTACTS: Final = frozenset((MESSENGER, HANDLE, PHONE, MAIL, WALLET))
_LINKS: Final = frozenset((LINK, CHEAP_LINK, SHORTENED))
_AMOUNTS: Final = frozenset((AMOUNT, SMALL_AMOUNT, PERCENT))


class Features:
    """Features of a text.

    Attributes:
        read: the masked text.
        tokens: the parts between its spaces, each once.
        words: the tokens without punctuation around them, in their order.
        facts: the facts about its structure, each once.
    """

    __slots__ = ("facts", "read", "tokens", "words")

    def __init__(self, read: str, tokens: set[str], words: list[str], facts: list[str]) -> None:
        self.read = read
        self.tokens = tokens
        self.words = words
        self.facts = facts

    @property
    def sequences(self) -> set[tuple[str, ...]]:
        """Two and three successive words, and two with a `GAP` between them, each once."""
        words = self.words
        second, third = words[1:], words[2:]
        found: set[tuple[str, ...]] = set(pairwise(words))
        found.update(zip(words, second, third, strict=False))
        found.update(zip(words, repeat(GAP), third, strict=False))
        return found


def find_features(raw: str, text: str | None = None) -> Features | None:
    """Return the features of a text; None for a short one.

    Args:
        raw: as the sender wrote it.
        text: the normalized text, if known.
    """
    if text is None:
        text = normalize(raw)
    read = masked(text)
    tokens = read.split(" ")
    if read.replace(" ", "").isalnum():  # ends at the first sign
        words = list(filter(None, tokens))
    else:
        # Most tokens are a word and nothing else, which is seen in a third of the time.
        words = [
            word for token in tokens if (word := token if token.isalnum() else token.strip(_SIGNS))
        ]
    if len(words) < MIN_WORDS or len(read) < MIN_CHARS:
        is_dense = not read.isascii() and len(DENSE_LETTER.findall(read)) >= _MANY_DENSE_CHARS
        if not is_dense:
            return None
    return Features(read, set(tokens), words, _facts(raw, read, words))


def pieces_of(token: str) -> set[str]:
    """Return the pieces of a token: of two to four characters, and its word.

    Only scripts with such short words have pieces of two characters. A short word has a space at
    both ends, to differ from pieces of longer ones.
    """
    spaced = f" {token} "
    pieces = {spaced[place : place + 3] for place in range(len(spaced) - 2)}
    pieces.update([spaced[place : place + 4] for place in range(len(spaced) - 3)])
    if is_dense(token):
        pieces.update([spaced[place : place + 2] for place in range(len(spaced) - 1)])
    word = token.strip(_SIGNS)
    if len(word) >= _LONG_WORD_CHARS:
        pieces.add(word)
    elif len(word) >= _LEAST_WORD_CHARS:
        pieces.add(f" {word} ")
    return pieces


def is_dense(text: str) -> bool:
    """Return True if a text has letters of a script without spaces between words."""
    return not text.isascii() and DENSE_LETTER.search(text) is not None


def _facts(raw: str, read: str, words: list[str]) -> list[str]:
    facts = [] if raw.isascii() else _facts_of_looks(raw[:MAX_READ_CHARS])
    number = len(words)
    size = "short" if number < _FEW_WORDS else "medium" if number < _MANY_WORDS else "long"
    # Masks are beyond ASCII.
    marks = [] if read.isascii() else _MASKS.findall(read)
    if marks:
        facts += _facts_of_masks(marks, number)
        facts += _facts_of_places(marks, size, words)
    if _NUMBERED_NAME.search(read) is not None:
        facts.append("a name with a number")
    facts.append(size)
    return facts


def _facts_of_looks(raw: str) -> list[str]:
    facts = ["styled letters"] if _STYLED.search(raw) is not None else []
    emoji = len(set(_EMOJI.findall(raw)))
    if emoji:
        facts.append("an emoji" if emoji == 1 else "emoji" if emoji < 4 else "many emoji")
    return facts


def _facts_of_places(marks: list[str], size: str, words: list[str]) -> list[str]:
    facts = [f"{_NAMES[mask]} in a {size} text" for mask in sorted(set(marks))]
    if len(marks) >= _SEVERAL_MASKS:
        facts.append(f"several links or numbers in a {size} text")
    if words:
        if (name := _NAMES.get(words[-1][0])) is not None:
            facts.append(f"{name} at the end")
        if (name := _NAMES.get(words[0][0])) is not None:
            facts.append(f"{name} at the beginning")
    return facts


def _facts_of_masks(marks: list[str], words: int) -> list[str]:
    facts = []
    kinds = set(marks)
    has_link = not kinds.isdisjoint(_LINKS)
    has_contact = not kinds.isdisjoint(_CONTACTS)
    has_amount = not kinds.isdisjoint(_AMOUNTS)
    if has_link:
        facts.append("a link")
        if has_amount:
            facts.append("a link and an amount")
    if has_contact:
        facts.append("a contact")
        if has_amount:
            facts.append("a contact and an amount")
    if has_amount:
        facts.append("an amount")
        if sum(map(marks.count, _AMOUNTS)) > 1:
            facts.append("amounts")
    if words <= _FEW_WORDS and (has_link or has_contact):
        facts.append("little but a link or contact")
    return facts
