"""The language of a text, cheaply: by its script, then by the words that its languages use most.

It is asked for only where the model has found something: in a language that it was not measured in
it says nothing.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final

# The scripts of which each is one language's among those that the model knows.
_KANA: Final = re.compile("[\u3041-\u30fa]")
_HAN: Final = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")
_HANGUL: Final = re.compile("[\uac00-\ud7a3]")
_THAI: Final = re.compile("[\u0e01-\u0e5b]")
_LETTER: Final = re.compile(r"[^\W\d_]")
_WORD: Final = re.compile(r"[^\W\d_]+")
_DIRECT: Final = (("zh", _HAN), ("ko", _HANGUL), ("th", _THAI))
_LEAST_SHARE: Final = 0.3
_LEAST_KANA_SHARE: Final = 0.1
UNKNOWN: Final = ""
MAX_READ_CHARS: Final = 256
"""Limit on how much of a text is read to tell its language: each word may be one of many."""


def words_of(text: str) -> list[str]:
    """Return the words of a normalized text that tell a language."""
    return _WORD.findall(text)


def language_of(text: str, languages_by_word: Mapping[str, tuple[str, ...]]) -> str:
    """Return the likeliest language of a normalized text, as ISO 639-1; `UNKNOWN` if none is.

    Args:
        text: normalized.
        languages_by_word: the languages that use a word often.
    """
    text = text[:MAX_READ_CHARS]
    if not text.isascii():
        language = _by_script(text)
        if language is not None:
            return language
    return _by_words(words_of(text), languages_by_word)


def _by_script(text: str) -> str | None:
    letters = len(_LETTER.findall(text))
    if len(_KANA.findall(text)) > _LEAST_KANA_SHARE * letters:
        return "ja"
    for language, script in _DIRECT:
        if len(script.findall(text)) > _LEAST_SHARE * letters:
            return language
    return None


def _by_words(words: Iterable[str], languages_by_word: Mapping[str, tuple[str, ...]]) -> str:
    votes: dict[str, int] = {}
    for languages in filter(None, map(languages_by_word.get, words)):
        weight = 60 // len(languages)
        for language in languages:
            votes[language] = votes.get(language, 0) + weight
    if not votes:
        return UNKNOWN
    most = max(votes.values())
    return min(language for language, count in votes.items() if count == most)
