"""Globs over identifiers: `*` is any run of characters, `?` is one."""

from collections.abc import Iterable
from typing import Final

import re2

_OPTIONS = re2.Options()
_OPTIONS.log_errors = False
_OPTIONS.never_capture = True
_OPTIONS.dot_nl = True


class Globs:
    """A list of globs, compiled once; takes linear time, whatever the globs are."""

    __slots__ = ("_literals", "_pattern")

    def __init__(self, globs: Iterable[str]) -> None:
        globs = tuple(globs)
        self._literals = frozenset(glob for glob in globs if "*" not in glob and "?" not in glob)
        wild = [_pattern_of(glob) for glob in globs if glob not in self._literals]
        self._pattern = re2.compile("|".join(wild), _OPTIONS) if wild else None

    def __bool__(self) -> bool:
        return bool(self._literals) or self._pattern is not None

    def match(self, text: str) -> bool:
        """Tell whether one of the globs describes the whole of `text`."""
        if text in self._literals:
            return True
        return self._pattern is not None and self._pattern.fullmatch(text) is not None


NO_GLOBS: Final = Globs(())
"""Describes nothing."""


def _pattern_of(glob: str) -> str:
    # A run of stars means what one star means.
    while "**" in glob:
        glob = glob.replace("**", "*")
    special = {"*": ".*", "?": "."}
    return "".join(special.get(character) or re2.escape(character) for character in glob)
