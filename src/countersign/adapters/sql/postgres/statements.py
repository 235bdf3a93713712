"""Translation of the common statements to PostgreSQL's syntax."""

import json
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
"""A noncharacter of Unicode. It begins the escape sequences for U+0000 and for itself."""
_ESCAPED_IN_LIST: Final = re.compile(rf"{_STANDS_FOR_NUL}|\\u(?:0000|fdd0)", re.IGNORECASE)
"""Matches JSON that may contain one of these characters."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement in PostgreSQL's syntax.

    Attributes:
        text: the statement, with `$1`, `$2` and so on.
        names: the names of the values, in that order; empty if the values are positional.
        lists: those of the values that are lists.
        returns_rows: True for a query, also if it finds no rows.
    """

    text: str
    names: tuple[str, ...]
    lists: frozenset[str]
    returns_rows: bool

    def values(self, values: Values) -> Sequence[Any]:
        """Return the values in the order of the statement's parameters."""
        if isinstance(values, Mapping):
            return [
                _escaped_list(values[name]) if name in self.lists else values[name]
                for name in self.names
            ]
        return values


@lru_cache(_MAX_TRANSLATED)
def translated_statement(query: str) -> Statement:
    """Return the PostgreSQL statement for a common one.

    Named (`:name`) and positional (`?`) values become `$n`. A list is passed as JSON text, and
    `SELECT value FROM json_each(:list)` selects its items. Statements with other differences have a
    variant in `queries.sql`.
    """
    names: list[str] = []
    lists: set[str] = set()
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
            lists.add(name)
            return f"SELECT json_array_elements_text(CAST(${number} AS json))"
        return f"${number}"

    text = _PARAMETER.sub(replace, _variants().get(query, query))
    return Statement(text, tuple(names), frozenset(lists), _RETURNS_ROWS.match(text) is not None)


@cache
def _variants() -> dict[str, str]:
    text = files(__package__).joinpath("queries.sql").read_text(encoding="utf-8")
    return {get_query(name): statement for name, statement in read_queries(text).items()}


def escaped(text: str) -> str:
    """Return the text with U+0000 replaced, which PostgreSQL cannot store."""
    if "\0" not in text and _STANDS_FOR_NUL not in text:
        return text
    marked = text.replace(_STANDS_FOR_NUL, f"{_STANDS_FOR_NUL}1")
    return marked.replace("\0", f"{_STANDS_FOR_NUL}0")


def _escaped_list(text: str | None) -> str | None:
    """Return the JSON of a list with its texts escaped; the driver does so with single texts."""
    if text is None or not _ESCAPED_IN_LIST.search(text):
        return text
    items = [escaped(each) if isinstance(each, str) else each for each in json.loads(text)]
    return json.dumps(items, ensure_ascii=False)


def unescaped(text: str) -> str:
    """Return the text from before `escaped`."""
    if _STANDS_FOR_NUL not in text:
        return text
    return text.replace(f"{_STANDS_FOR_NUL}0", "\0").replace(f"{_STANDS_FOR_NUL}1", _STANDS_FOR_NUL)
