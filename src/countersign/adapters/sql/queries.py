"""Parser of `queries.sql`: `-- name: what_it_does`, one or two lines of purpose, the statement."""

import re
from functools import cache
from importlib.resources import files
from typing import Final

_NAME: Final = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


def get_query(name: str) -> str:
    """Return the statement of that name.

    Raises:
        KeyError: there is none, which is a bug.
    """
    return _queries()[name]


@cache
def _queries() -> dict[str, str]:
    return read_queries(files(__package__).joinpath("queries.sql").read_text(encoding="utf-8"))


def read_queries(text: str) -> dict[str, str]:
    """Return the SQL statements of a file, by name."""
    _, *names_and_statements = _NAME.split(text)
    names, statements = names_and_statements[::2], names_and_statements[1::2]
    return dict(zip(names, map(str.strip, statements), strict=True))
