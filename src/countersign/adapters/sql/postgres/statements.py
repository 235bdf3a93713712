"""The common statements in PostgreSQL's words."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Final

from countersign.adapters.sql.database import Values
from countersign.adapters.sql.queries import get_query, read_queries

_MAX_TRANSLATED: Final = 1_000
_PARAMETER: Final = re.compile(
    r"'(?:[^']|'')*'|--[^\n]*|::|SELECT value FROM json_each\(:(?P<list>\w+)\)"
    r"|:(?P<name>[a-z_]\w*)|(?P<place>\?)"
)
_RETURNS_ROWS: Final = re.compile(
    r"\s*(?:--[^\n]*\s+)*(?:SELECT|WITH)\b|.*\bRETURNING\b", re.DOTALL
)

_STANDS_FOR_NUL: Final = "\ufdd0"
"""A character that Unicode gives to nobody: begins what stands for U+0000, and for itself."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of PostgreSQL's.

    Attributes:
        text: with `$1`, `$2` and so on.
        names: the names of the values, in that order; empty if they come in order.
        returns_rows: whether it returns rows, be they none.
    """

    text: str
    names: tuple[str, ...]
    returns_rows: bool

    def values(self, values: Values) -> Sequence[Any]:
        """Return the values in the order of the statement."""
        if isinstance(values, Mapping):
            return [values[name] for name in self.names]
        return values


@lru_cache(_MAX_TRANSLATED)
def translated_statement(query: str) -> Statement:
    """Return a common statement as PostgreSQL wants it.

    Named values (`:name`), and such in order (`?`), become `$n`. A list is given as JSON text, and
    `SELECT value FROM json_each(:list)` selects its texts. What differs in more has its own words.
    """
    names: list[str] = []
    places = 0

    def replace(match: re.Match[str]) -> str:
        nonlocal places
        if match["place"]:
            places += 1
            return f"${places}"
        name = match["list"] or match["name"]
        if not name:
            return match[0]
        if name not in names:
            names.append(name)
        number = names.index(name) + 1
        if match["list"]:
            return f"SELECT json_array_elements_text(CAST(${number} AS json))"
        return f"${number}"

    text = _PARAMETER.sub(replace, _variants().get(query, query))
    return Statement(text, tuple(names), _RETURNS_ROWS.match(text) is not None)


@cache
def _variants() -> dict[str, str]:
    text = files(__package__).joinpath("queries.sql").read_text(encoding="utf-8")
    return {get_query(name): statement for name, statement in read_queries(text).items()}


def escaped(text: str) -> str:
    """Return a text that PostgreSQL can hold: U+0000, which it cannot, is replaced."""
    if "\0" not in text and _STANDS_FOR_NUL not in text:
        return text
    marked = text.replace(_STANDS_FOR_NUL, f"{_STANDS_FOR_NUL}1")
    return marked.replace("\0", f"{_STANDS_FOR_NUL}0")


def unescaped(text: str) -> str:
    """Return the text that was `escaped`."""
    if _STANDS_FOR_NUL not in text:
        return text
    return text.replace(f"{_STANDS_FOR_NUL}0", "\0").replace(f"{_STANDS_FOR_NUL}1", _STANDS_FOR_NUL)
