"""Globs over identifiers: `*` is any run of characters, `?` is one."""

from collections.abc import Iterable
from typing import Final

import re2

_MAX_BEGINNINGS: Final = 100

_OPTIONS = re2.Options()
_OPTIONS.log_errors = False
_OPTIONS.never_capture = True
_LINE_END: Final = "\n"
# Stands for the end of a line within a text, so that an end of a line is always one of a text.
_FOR_LINE_END: Final = "\0"


class Globs:
    """A list of globs, compiled once; matching takes linear time for any globs.

    Attributes:
        sources: the globs as they were written.
    """

    __slots__ = ("_beginnings", "_literals", "_pattern", "sources")

    def __init__(self, globs: Iterable[str]) -> None:
        globs = tuple(globs)
        self.sources = globs
        self._literals = frozenset(glob for glob in globs if _is_literal(glob))
        wild = [glob for glob in globs if glob not in self._literals]
        begun = [glob for glob in wild if glob.endswith("*") and _is_literal(glob[:-1])]
        # Beginnings, such as `m.call.*`, are what most globs are; a few are quicker looked at.
        begun = begun if len(begun) <= _MAX_BEGINNINGS else []
        self._beginnings = tuple(glob[:-1] for glob in begun)
        patterns = [_pattern_of(glob) for glob in wild if glob not in begun]
        # With bytes the engine is much faster.
        self._pattern = (
            re2.compile(f"(?m)^(?:{'|'.join(patterns)})".encode(), _OPTIONS) if patterns else None
        )

    def __bool__(self) -> bool:
        return bool(self._literals or self._beginnings) or self._pattern is not None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Globs) and other.sources == self.sources

    def __hash__(self) -> int:
        return hash(self.sources)

    def match(self, text: str) -> bool:
        """Return True if a glob matches the whole of `text`."""
        if text in self._literals or text.startswith(self._beginnings):
            return True
        return self._finds_in(as_lines((text,)))

    def match_any(self, lines: str) -> bool:
        """Return True if a glob matches the whole of one of the texts.

        Args:
            lines: the texts, see `as_lines`.
        """
        if self._literals or self._beginnings:
            texts = lines.split(_LINE_END)
            if not self._literals.isdisjoint(texts):
                return True
            if any(text.startswith(self._beginnings) for text in texts):
                return True
        return self._finds_in(lines)

    def _finds_in(self, lines: str) -> bool:
        if self._pattern is None:
            return False
        return self._pattern.search(lines.encode("utf-8", "replace")) is not None


def as_lines(texts: Iterable[str]) -> str:
    """Return texts as one, a line each, for `Globs.match_any`."""
    return _LINE_END.join([text.replace(_LINE_END, _FOR_LINE_END) for text in texts])


NO_GLOBS: Final = Globs(())
"""Matches nothing."""


def _is_literal(glob: str) -> bool:
    return "*" not in glob and "?" not in glob


def _pattern_of(glob: str) -> str:
    # A run of stars means what one star means.
    while "**" in glob:
        glob = glob.replace("**", "*")
    # What follows a star at the end makes no difference, and need not be read.
    end = "" if glob.endswith("*") else "$"
    glob = glob.replace(_LINE_END, _FOR_LINE_END).removesuffix("*")
    special = {"*": ".*", "?": "."}
    return "".join(special.get(character) or re2.escape(character) for character in glob) + end
