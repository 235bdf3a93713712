"""Cues of an offer of fraud in a text, each found by a list of words in `word_lists/cues/`."""

# ruff: noqa: RUF001 - letters of many scripts

import re
from collections.abc import Iterable, Iterator, Sequence
from enum import IntEnum
from itertools import islice
from typing import Final, NamedTuple

from ahocorasick_rs import AhoCorasick, Implementation

from countersign.policy.text.finders import finder_of
from countersign.policy.text.normalisation import normalize
from countersign.policy.text.word_lists import BEGINS, read_words

MAX_MESSENGERS: Final = 8
"""Maximum number of messengers of one text whose places are returned."""
MAX_REQUESTS: Final = 8
"""Maximum number of words of one cue that are compared with those of another."""
_MOST_BETWEEN: Final = 60
"""Maximum number of characters between what is asked for and the word that asks for it."""
_MOST_BEFORE_DENIED: Final = 24
_DENIAL: Final = re.compile(
    r"(?<!\w)(?:never|nobody|no one|(?:do|did|does|wo|should|can)(?:n[’']t|nt)|not|nie|niemals|"
    r"niemand|nicht|kein\w{0,2}|jamais|personne|nunca|jamas|nadie|nao|ninguem|mai|nessuno|nooit|"
    r"niemand|niet|nigdy|nikt|никогда|никто|ніколи|ніхто|asla|kimse|ابدا|هرگز|कभी|jangan|khong|"
    r"aldrig|aldri|koskaan|nikdy|soha|niciodata|ποτε|никога|nikada)(?!\w)|绝不|从不|不要|決して|절대"
)
_SENTENCE_END: Final = re.compile(r"[.!?;\n。！？؟।]")
_CLAIM_END: Final = " here"
# Only at the beginning of a sentence, since people who look for a moderator also write «a moderator
# here».
_CLAIM: Final = re.compile(
    r"(?:\A|[.,:;!\n] ?)(?:(?:hi|hello|hey|dear|all)[ ,]{1,2}){0,3}"
    r"(?:(?:this is|your|the|a|room|server) ){0,3}"
    r"(?:moderator|mod|admin|administrator|moderation|support)(?: team)? here(?=[\s.,:;!]|\Z)"
)

_WITHIN_FROM: Final = "\u0590"
"""First character of the scripts whose words have prefixes and suffixes."""
_UNSPACED_FROM: Final = "\u0e00"
"""First character of the scripts without spaces between words."""
_LEAST_WITHIN: Final = 4
"""Minimum length of a word that counts within another one, in scripts with spaces."""


class Cue(IntEnum):
    """Meaning of a word by which an offer is known, as a flag; its word list has its name."""

    GAIN = 1
    EASE = 2
    PRAISE = 4
    WARE = 8
    STRONG_WARE = 16
    TROUBLE = 32
    ASSET = 64
    CALL = 128
    PRIVATE = 256
    MESSENGER = 512
    CURRENCY = 1024
    JOB = 2048
    HAND_OVER = 4096
    SECRET = 8192
    MISTAKE = 16384
    AUTHORITY = 32768
    ACCOUNT = 65536
    SCAN = 131072
    SCAN_BAIT = 262144
    PLEA = 524288


class Cues(NamedTuple):
    """Cues of an offer in a text.

    Attributes:
        cues: flags of `Cue`.
        words: the first word of each cue, as `plain` leaves it.
        messengers: start and end of each name of a messenger.
    """

    cues: int
    words: tuple[str, ...]
    messengers: Sequence[tuple[int, int]]


# Letters with strokes and the like, which normalisation keeps and many people write plain.
_BASES: Final = str.maketrans(
    {"ı": "i", "ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d", "ə": "e"}
)
_BASE_LETTERS: Final = frozenset("ıłøđæœþðə")
_SIGN_WITHIN: Final = re.compile(r"(?<=[^\W\d_])[@€$!](?=[^\W\d_])")
_LETTER_FOR: Final = {"@": "a", "€": "e", "$": "s", "!": "i"}
_ASCII_SIGNS: Final = tuple(filter(str.isascii, _LETTER_FOR))
_HAN_FROM: Final = "\u3040"
_HAN: Final = "[\u3040-\u30ff\u3400-\u9fff]"
_HAN_APART: Final = re.compile(rf"(?<={_HAN}) (?={_HAN}|[a-z] {_HAN})|(?<={_HAN} [a-z]) (?={_HAN})")
_MIXED_LETTERS: Final = "[а-яёіїєґ][a-z0346]|[a-z0346][а-яёіїєґ]"
_MIXED: Final = re.compile(_MIXED_LETTERS)
_holds_mixed: Final = finder_of(_MIXED_LETTERS)
_CYRILLIC_FOR: Final = str.maketrans("aeopcxykmthbiu0346", "аеорсхукмтнвииозчб")
_WORD: Final = re.compile(r"\w+")


def plain(normalized: str) -> str:
    """Return a normalized text with plain letters for signs and letters that look like them."""
    if normalized.isascii() and not any(map(normalized.__contains__, _ASCII_SIGNS)):
        return normalized
    letters = frozenset(normalized)
    if not _BASE_LETTERS.isdisjoint(letters):
        normalized = normalized.translate(_BASES)
    if max(letters, default="") >= _HAN_FROM:
        normalized = _HAN_APART.sub("", normalized)
    if not _LETTER_FOR.keys().isdisjoint(letters):
        normalized = _SIGN_WITHIN.sub(lambda found: _LETTER_FOR[found[0]], normalized)
    return normalized


def as_cyrillic(normalized: str) -> str | None:
    """Return a text with Cyrillic letters where words mix them with Latin ones and digits.

    None if no word does.
    """
    if normalized.isascii() or not _holds_mixed(normalized):
        return None
    return _WORD.sub(_cyrillic_word, normalized)


def _cyrillic_word(match: re.Match[str]) -> str:
    word = match[0]
    return word if _MIXED.search(word) is None else word.translate(_CYRILLIC_FOR)


def _cues_by_word(cues: Iterable[Cue]) -> dict[str, tuple[int, int]]:
    """Return, by word, the cues of the whole word and those of words that begin with it."""
    by_word: dict[str, tuple[int, int]] = {}
    for cue in cues:
        for entry in read_words(f"cues/{cue.name.lower()}"):
            word = plain(normalize(entry.replace(BEGINS, " ")).strip())
            alone, beginning = by_word.get(word, (0, 0))
            if entry.endswith(BEGINS) or _may_stand_within(word[0], len(word)):
                beginning |= cue
            by_word[word] = (alone | cue, beginning)
    return by_word


def _may_stand_within(first: str, length: int) -> bool:
    """Return True if a word of this length, with this first letter, counts within another."""
    return first >= _UNSPACED_FROM or (first >= _WITHIN_FROM and length >= _LEAST_WITHIN)


def _goes_on(beside: str) -> bool:
    """Return True if a character continues a word; those of scripts without spaces do not."""
    return beside < _UNSPACED_FROM and beside.isalnum()


_OTHER_WORDS: Final = read_words("words_like_cues")


def _endings_of_others(word: str) -> tuple[str, ...]:
    """Return the endings of words that begin with a listed word and mean something else."""
    return tuple(
        other[len(word) :] for other in _OTHER_WORDS if other.startswith(word) and other != word
    )


class _CueFinder:
    """Finds the words of some cues.

    Args:
        cues: the cues.
        implementation: of the search; the default one takes the least memory.
    """

    def __init__(self, cues: Iterable[Cue], implementation: Implementation | None = None) -> None:
        by_word = _cues_by_word(cues)
        self._cues_of = tuple(by_word.values())
        self._other_endings = tuple(map(_endings_of_others, by_word))
        self._finder = AhoCorasick(list(by_word), implementation=implementation)

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield start and end of each word."""
        for index, start, end in self._finder.find_matches_as_indexes(text, overlapping=True):
            if self._cues_at(text, index, start, end):
                yield start, end

    def find(self, text: str) -> Cues:
        cues = 0
        words: list[str] = []
        messengers: list[tuple[int, int]] = []
        for index, start, end in self._finder.find_matches_as_indexes(text, overlapping=True):
            alone, beginning = self._cues_of[index]
            possible = alone | beginning
            if not possible & ~cues and not possible & Cue.MESSENGER:
                continue
            cue_positions = self._cues_at(text, index, start, end)
            if cue_positions & Cue.MESSENGER and len(messengers) < MAX_MESSENGERS:
                messengers.append((start, end))
            if cue_positions & ~cues:
                cues |= cue_positions
                words.append(text[start:end])
        return Cues(cues, tuple(words), messengers)

    def _cues_at(self, text: str, index: int, start: int, end: int) -> int:
        """Return the cues of a listed word at this position; 0 if it is a part of another word."""
        alone, beginning = self._cues_of[index]
        if _goes_on(text[start - 1 : start]) and not _may_stand_within(text[start], end - start):
            return 0
        if text.startswith(self._other_endings[index], end):
            return 0
        return beginning if _goes_on(text[end : end + 1]) else alone


_ALL: Final = _CueFinder(Cue)
_LEADING: Final = _CueFinder((Cue.PRIVATE, Cue.MESSENGER, Cue.SECRET, Cue.AUTHORITY, Cue.SCAN))
_REQUESTS: Final = {
    Cue.HAND_OVER: _CueFinder([Cue.HAND_OVER]),
    # Searched for in every message of a member: 1.5 MB make it 2.7 times as fast.
    Cue.SECRET: _CueFinder([Cue.SECRET], Implementation.DFA),
    Cue.CALL: _CueFinder([Cue.CALL]),
}


def cues_in(text: str) -> Cues:
    """Return the cues of an offer in a text.

    Args:
        text: as `plain` leaves it.
    """
    return _ALL.find(text)


def _denies(text: str, start: int, end: int) -> bool:
    return _DENIAL.search(text, max(0, start - _MOST_BEFORE_DENIED), end) is not None


def claims_authority(text: str, led: Cues) -> bool:
    """Return True if the sender claims to moderate, administrate or give support in the room.

    Args:
        text: as `plain` leaves it.
        led: as `leading_cues_in` returns it.
    """
    if led.cues & Cue.AUTHORITY:
        return True
    return _CLAIM_END in text and _CLAIM.search(text) is not None


def are_near(text: str, first: Cue, second: Cue) -> bool:
    """Return True if words of two cues are in one sentence of a text, at most a line apart.

    A sentence that tells people not to do it does not count.
    """
    return any(
        not _denies(text, min(start, other_start), max(end, other_end))
        and _SENTENCE_END.search(text, min(end, other_end), max(start, other_start)) is None
        for start, end in islice(_REQUESTS[first].spans(text), MAX_REQUESTS)
        for other_start, other_end in islice(_REQUESTS[second].spans(text), MAX_REQUESTS)
        if max(start, other_start) - min(end, other_end) <= _MOST_BETWEEN
    )


def call_ends_in(text: str) -> Iterator[int]:
    """Yield the ends of the first words that call to act."""
    return (end for _, end in islice(_REQUESTS[Cue.CALL].spans(text), MAX_MESSENGERS))


def names_secret(text: str) -> bool:
    """Return True if a text, as `plain` leaves it, names a code, a password or a key."""
    return next(_REQUESTS[Cue.SECRET].spans(text), None) is not None


def leading_cues_in(text: str) -> Cues:
    """Return only the cues without which a text is no offer.

    These are the cues that lead a reader elsewhere (a messenger, a private conversation, a code to
    scan), name a secret, or claim authority.
    """
    return _LEADING.find(text)
