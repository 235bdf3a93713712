"""Finders: searches for a pattern, many words or many names in one pass."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, Self

import re2
from ahocorasick_rs import AhoCorasick

from countersign.policy.text.normalisation import is_word_character, normalize, words_in

MIN_NAME_CHARS: Final = 4
"""Minimum length of a name; shorter ones are everyday words."""
MAX_NAMES: Final = 1_000
_UNSPACED_FROM: Final = "\u0e00"
"""First character of the scripts without spaces between words."""

_OPTIONS = re2.Options()
_OPTIONS.log_errors = False
_OPTIONS.never_capture = True
_ANYWHERE: Final = re2._Anchor.UNANCHORED  # noqa: SLF001 - as below


def finder_of(pattern: str, options: Any = _OPTIONS) -> Callable[[str], bool]:
    """Return a function that returns True if `pattern` is in a text; on bytes, which is faster.

    Raises:
        re2.error: the pattern is invalid.
    """
    # The engine itself: its Python wrapper makes eight calls of one to find a position that is not
    # needed here.
    search = re2.compile(pattern.encode(), options)._regexp.Match  # noqa: SLF001

    def holds(text: str) -> bool:
        encoded = text.encode("utf-8", "replace")
        start: int = search(_ANYWHERE, encoded, 0, len(encoded))[0][0]
        return start >= 0

    return holds


class WordFinder:
    """Finds any of many words in normalised texts, in one pass.

    Args:
        words: the words, not normalized.
    """

    def __init__(self, words: Iterable[str]) -> None:
        self._finder = AhoCorasick(list(words_in(words)))

    def spans(self, normalized: str) -> Iterator[tuple[int, int]]:
        """Yield start and end of each word; in scripts with spaces only of whole words."""
        for _, start, end in self._finder.find_matches_as_indexes(normalized, overlapping=True):
            before, behind = normalized[start - 1 : start], normalized[end : end + 1]
            if (
                normalized[start] >= _UNSPACED_FROM
                or not (before.isalnum() or before == "_" or behind.isalnum() or behind == "_")
            ):  # fmt: skip
                yield start, end


class NameFinder:
    """Finds display names in normalized texts.

    Args:
        names: user IDs with display names; short names, and names after the first `MAX_NAMES`, are
            left out.
    """

    __slots__ = ("_finder", "_names", "_users")

    def __init__(self, names: Iterable[tuple[str, str]]) -> None:
        users: dict[str, str] = {}
        for user_id, name in names:
            name = normalize(name)
            if len(name) >= MIN_NAME_CHARS and len(users) < MAX_NAMES:
                users.setdefault(name, user_id)
        self._set(users)

    @classmethod
    def of_normalized(cls, users: Mapping[str, str]) -> Self:
        """Return a finder of names that `names_in` returned; user IDs by normalized name."""
        finder = cls(())
        finder._set(users)
        return finder

    def users_in(self, text: str) -> frozenset[str]:
        """Return the user IDs of names that occur in a normalized text as whole words."""
        return frozenset(self._users[index] for index in self._found_in(text))

    def names_in(self, text: str) -> dict[str, str]:
        """Return user IDs by normalized name, for names that occur in a normalized text."""
        return {self._names[index]: self._users[index] for index in sorted(self._found_in(text))}

    def _set(self, users: Mapping[str, str]) -> None:
        self._names, self._users = list(users), list(users.values())
        self._finder = AhoCorasick(self._names) if users else None

    def _found_in(self, text: str) -> set[int]:
        if self._finder is None:
            return set()
        return {
            index
            for index, start, end in self._finder.find_matches_as_indexes(text, overlapping=True)
            if not is_word_character(text[start - 1 : start] or " ")
            and not is_word_character(text[end : end + 1] or " ")
        }


NOBODY: Final = NameFinder(())
