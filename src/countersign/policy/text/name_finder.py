"""Finding people's names in a text."""

from collections.abc import Iterable, Mapping
from typing import Final, Self

from ahocorasick_rs import AhoCorasick

from countersign.policy.text.normalisation import is_word_character, normalize

MIN_NAME_CHARS: Final = 4
"""Shorter names are words that everybody uses."""
MAX_NAMES: Final = 1_000


class NameFinder:
    """Finds display names in normalized texts.

    Args:
        names: user IDs with their display names; short names, and those beyond a thousand, are
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
        """Return what finds names that `names_in` returned; user IDs by normalized name."""
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
