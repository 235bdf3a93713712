"""Finding people's names in a text."""

from collections.abc import Iterable
from typing import Final

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

    __slots__ = ("_finder", "_users")

    def __init__(self, names: Iterable[tuple[str, str]]) -> None:
        users: dict[str, str] = {}
        for user_id, name in names:
            name = normalize(name)
            if len(name) >= MIN_NAME_CHARS and len(users) < MAX_NAMES:
                users.setdefault(name, user_id)
        self._users = list(users.values())
        self._finder = AhoCorasick(list(users)) if users else None

    def users_in(self, text: str) -> frozenset[str]:
        """Return those whose name stands in a normalized text as whole words."""
        if self._finder is None:
            return frozenset()
        return frozenset(
            self._users[index]
            for index, start, end in self._finder.find_matches_as_indexes(text, overlapping=True)
            if not is_word_character(text[start - 1 : start] or " ")
            and not is_word_character(text[end : end + 1] or " ")
        )


NOBODY: Final = NameFinder(())
