"""Quick detection of the language of a text: by its script, then by frequent words.

It is needed only for texts with points: these are fewer in languages without a measurement of their
own, and 0 in unknown ones.
"""

import re
import sys
from array import array
from collections.abc import Mapping
from itertools import repeat
from typing import Final

# The scripts of which each is one language's among those that the model knows.
_KANA: Final = re.compile("[\u3041-\u30fa]")
_HAN: Final = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")
_HANGUL: Final = re.compile("[\uac00-\ud7a3]")
_THAI: Final = re.compile("[\u0e01-\u0e5b]")
_OF_THESE: Final = re.compile("[\u3041-\u30fa\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\u0e01-\u0e5b]")
_LETTER: Final = re.compile(r"[^\W\d_]")
_WORD: Final = re.compile(r"[^\W\d_]+")
_DIRECT: Final = (("zh", _HAN), ("ko", _HANGUL), ("th", _THAI))
_LEAST_SHARE: Final = 0.3
_LEAST_KANA_SHARE: Final = 0.1
UNKNOWN: Final = ""
MAX_READ_CHARS: Final = 256
"""Maximum number of characters that are read to detect the language."""
_VOTES: Final = 60
# Room for the votes of all words that so many characters hold.
_FIELD_BITS: Final = 16


def words_of(text: str) -> list[str]:
    """Return the words of a normalized text that identify a language."""
    return _WORD.findall(text)


class Languages:
    """Detection of languages by their most frequent words.

    A word is a vote for each language that uses it, shared out among them. The votes of a word are
    one integer, with a field for each language, so that one sum counts all.

    Args:
        words: by language, the words with spaces between.
    """

    __slots__ = ("_names", "_vote_of")

    def __init__(self, words: Mapping[str, str]) -> None:
        self._names = tuple(sorted(words))
        places: dict[str, list[int]] = {}
        for place, name in enumerate(self._names):
            for word in words[name].split(" "):
                places.setdefault(word, []).append(place)
        votes = {
            word: sum((_VOTES // len(held)) << (_FIELD_BITS * place) for place in held)
            for word, held in places.items()
        }
        self._vote_of = votes.get

    def of(self, text: str) -> str:
        """Return the likeliest language of a normalized text (ISO 639-1), or `UNKNOWN`."""
        text = text[:MAX_READ_CHARS]
        if not text.isascii() and _OF_THESE.search(text) is not None:
            language = _by_script(text)
            if language is not None:
                return language
        votes = sum(map(self._vote_of, words_of(text), repeat(0)))
        if not votes:
            return UNKNOWN
        counts = array("H", votes.to_bytes(_FIELD_BITS // 8 * len(self._names), sys.byteorder))
        if sys.byteorder == "big":
            counts.reverse()
        return self._names[counts.index(max(counts))]


def _by_script(text: str) -> str | None:
    letters = len(_LETTER.findall(text))
    if len(_KANA.findall(text)) > _LEAST_KANA_SHARE * letters:
        return "ja"
    for language, script in _DIRECT:
        if len(script.findall(text)) > _LEAST_SHARE * letters:
            return language
    return None
