#!/usr/bin/env python3
"""Write the manual page of each built-in filter into docs/filters/, from its docstring and options.

Usage: python scripts/filter_pages.py [--check]

With --check nothing is written: it ends with 1 and the names of pages that are not current.
"""

import sys
from enum import EnumType
from inspect import cleandoc
from pathlib import Path
from typing import Any

from countersign.policy.filters import Filter
from countersign.policy.options import Option, options_of
from countersign.policy.registry import BUILTIN_FILTERS

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "filters"
MADE = "<!-- Made by scripts/filter_pages.py from the filter's docstring; change that instead. -->"


def pages() -> dict[str, str]:
    """Return every page by its file name."""
    filters = sorted(BUILTIN_FILTERS.items())
    made = {f"{name}.md": page(filter_class) for name, filter_class in filters}
    return {"README.md": contents(filters), **made}


def contents(filters: list[tuple[str, type[Filter]]]) -> str:
    """Return the page that lists the filters."""
    rows = "".join(f"| [`{name}`]({name}.md) | {_summary(cls)} |\n" for name, cls in filters)
    return (
        f"{MADE}\n\n# Filters\n\n"
        "A [policy](../policy.md) is a list of these.\n\n"
        f"| filter | what it does |\n|---|---|\n{rows}"
    )


def page(filter_class: type[Filter]) -> str:
    """Return one filter's page."""
    name = filter_class.name
    body, _, links = _docstring(filter_class).partition("\n\n[")
    links = f"\n[{links}\n" if links else ""
    return (
        f"{MADE}\n\n# `{name}`\n\n{body}\n\n"
        f"## Options\n\n{_table(options_of(filter_class))}\n"
        f"## What the sender reads\n\n> {filter_class.says}\n\n"
        "unless the policy has other words in `says:`. "
        f"The harm it names is `{filter_class.harm.value}`.\n{links}"
    )


def _table(declared: tuple[Option, ...]) -> str:
    rows = "".join(
        f"| `{each.name}` | {_default(each)} | {each.allowed} | {each.help} |\n"
        for each in declared
    )
    return f"| option | default | allowed | |\n|---|---|---|---|\n{rows}"


def _default(declared: Option) -> str:
    value: Any = declared.default
    if declared.is_required:
        return "must be given"
    if isinstance(declared.kind, EnumType):
        return f"`{value.value}`"
    if declared.kind is tuple:
        return "empty" if not value else f"`[{', '.join(value)}]`"
    return f"`{str(value).lower() if declared.kind is bool else value}`"


def _docstring(filter_class: type[Filter]) -> str:
    return cleandoc(filter_class.__doc__ or "")


def _summary(filter_class: type[Filter]) -> str:
    return _docstring(filter_class).partition("\n")[0]


def main() -> int:
    """Write the pages, or check that they are current."""
    wanted = pages()
    existing = {file.name: file.read_text() for file in FOLDER.glob("*.md")}
    stale = sorted(
        name for name in wanted.keys() | existing.keys() if wanted.get(name) != existing.get(name)
    )
    if "--check" in sys.argv[1:]:
        sys.stderr.write("".join(f"docs/filters/{name} is not current\n" for name in stale))
        return 1 if stale else 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in existing.keys() - wanted.keys():
        (FOLDER / name).unlink()
    for name, text in wanted.items():
        (FOLDER / name).write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
