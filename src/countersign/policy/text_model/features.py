"""Features of a text: what the text model has weights for.

A feature is a piece of the masked text (two to four characters, a word, two words that follow each
other) or a fact of its structure. Each counts once, however often it stands there.
"""

import re
from typing import Final

from countersign.policy.text.normalisation import normalize
from countersign.policy.text_model.masking import (
    AMOUNT,
    CHEAP_LINK,
    HANDLE,
    LINK,
    MAIL,
    MASKS,
    MESSENGER,
    PERCENT,
    PHONE,
    SHORTENED,
    SMALL_AMOUNT,
    WALLET,
    masked,
)

MIN_CHARS: Final = 15
"""Shorter texts prove nothing."""
MIN_WORDS: Final = 3

_WORD: Final = re.compile(r"[^\W_]+")
_LONG_WORD_CHARS: Final = 5
# Scripts that put no space between words, or whose letters are syllables.
_DENSE: Final = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
)
_MANY_DENSE_CHARS: Final = 8
# Letters of styles that Unicode has for formulas and signs, and full width.
_STYLED: Final = re.compile(
    "[\U0001d400-\U0001d7ff\uff21-\uff3a\uff41-\uff5a\U0001f130-\U0001f189\u24b6-\u24e9]"
)
_EMOJI: Final = re.compile("[\U0001f300-\U0001faff\u2600-\u27bf\u2b50\u2705]")

_MASKS: Final = re.compile(f"[{''.join(MASKS)}]")
_CONTACTS: Final = frozenset((MESSENGER, HANDLE, PHONE, MAIL, WALLET))
_LINKS: Final = frozenset((LINK, CHEAP_LINK, SHORTENED))
_AMOUNTS: Final = frozenset((AMOUNT, SMALL_AMOUNT, PERCENT))


class Features:
    """Features of a text.

    Attributes:
        read: the text as the model reads it, masked.
        is_dense: whether it holds a script without spaces between words.
        pieces: its pieces, each once.
        facts: the facts of its structure, each once.
    """

    __slots__ = ("facts", "is_dense", "pieces", "read")

    def __init__(
        self, read: str, pieces: set[str], facts: list[str], *, is_dense: bool = False
    ) -> None:
        self.read = read
        self.is_dense = is_dense
        self.pieces = pieces
        self.facts = facts


def find_features(raw: str, text: str | None = None) -> Features | None:
    """Return the features of a text; None if it is too short to prove anything.

    Args:
        raw: as the sender wrote it.
        text: the same normalized, if that is known.
    """
    if text is None:
        text = normalize(raw)
    read = masked(text)
    words = _WORD.findall(read)
    dense = len(_DENSE.findall(read)) if not read.isascii() else 0
    if dense < _MANY_DENSE_CHARS and (len(words) < MIN_WORDS or len(read) < MIN_CHARS):
        return None
    pieces = pieces_of(f" {read} ", is_dense=dense > 0)
    pieces.update([word for word in words if len(word) >= _LONG_WORD_CHARS])
    pieces.update(map("{} {}".format, words, words[1:]))
    return Features(read, pieces, _facts(raw, read, len(words)), is_dense=dense > 0)


def pieces_of(spaced: str, *, is_dense: bool) -> set[str]:
    """Return the pieces of three and four characters, and of two where words are as short.

    Args:
        spaced: masked text with a space at either end.
        is_dense: whether it holds a script without spaces between words.
    """
    pieces = {spaced[place : place + 3] for place in range(len(spaced) - 2)}
    pieces.update([spaced[place : place + 4] for place in range(len(spaced) - 3)])
    if is_dense:
        pieces.update([spaced[place : place + 2] for place in range(len(spaced) - 1)])
    return pieces


def _facts(raw: str, read: str, words: int) -> list[str]:
    facts = []
    if not raw.isascii():
        if _STYLED.search(raw) is not None:
            facts.append("styled letters")
        emoji = len(set(_EMOJI.findall(raw)))
        if emoji:
            facts.append("an emoji" if emoji == 1 else "emoji" if emoji < 4 else "many emoji")
    marks = _MASKS.findall(read)
    if marks:
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
        if words <= 8 and (has_link or has_contact):
            facts.append("little but a link or contact")
    facts.append("short" if words < 8 else "medium" if words < 25 else "long")
    return facts
