#!/usr/bin/env python3
"""Generate the manual pages of filters and rules from docstrings and declared options.

Each built-in filter has a page in docs/filters/; docs/policy-reference.md has the sections of a
policy document, and what a condition may look at.

Usage: python scripts/filter_pages.py [--check]

With --check nothing is written: it ends with 1 and the names of pages that are not current.
"""

import sys
from pathlib import Path
from typing import Any

from countersign.policy.document.options import options_of
from countersign.policy.filter import Filter
from countersign.policy.filters.cel.variables import VARIABLES
from countersign.policy.policies.filter_registry import BUILTIN_FILTERS
from countersign.policy.policies.manual_pages import (
    docstring_of,
    manual_page,
    options_table,
    summary_of,
)
from countersign.policy.policies.policy_documents import SECTIONS

DOCS = Path(__file__).resolve().parents[1] / "docs"
FOLDER = DOCS / "filters"
MADE = "<!-- Made by scripts/filter_pages.py from docstrings and options; change those instead. -->"


def pages() -> dict[str, str]:
    """Return every page by its file name."""
    filters = sorted(BUILTIN_FILTERS.items())
    made = {
        f"{name}.md": f"{MADE}\n\n{manual_page(filter_class)}" for name, filter_class in filters
    }
    return {"README.md": contents(filters), **made}


def reference() -> str:
    """Return the page of a policy document's sections and of the variables of conditions."""
    sections = "".join(
        f"## {name}\n{_about(section)}{options_table(options_of(section))}\n"
        for name, section in SECTIONS.items()
    )
    rows = "".join(f"| `{each.name}` | {each.type_name} | {each.help} |\n" for each in VARIABLES)
    return (
        f"{MADE}\n\n# Policy reference\n\n"
        "The sections of a [policy document](policy.md), and what its conditions may look at.\n\n"
        f"{sections}"
        "## What a condition may look at\n\n"
        f"| variable | type | |\n|---|---|---|\n{rows}\n"
        "Besides CEL's own operators, macros (`exists`, `all`, `filter`) and functions there are\n"
        "those of its string extension: `lowerAscii`, `indexOf`, `substring`, `split` and so on.\n"
        "`matches` takes RE2's regular expressions.\n"
    )


def _about(section: type[Any]) -> str:
    first, _, more = docstring_of(section).partition("\n\n")
    first = first.partition(": the section")[0].rstrip(".")
    return f"{first}.\n\n{more}\n\n" if more else f"{first}.\n\n"


def contents(filters: list[tuple[str, type[Filter]]]) -> str:
    """Return the page that lists the filters."""
    rows = "".join(f"| [`{name}`]({name}.md) | {summary_of(cls)} |\n" for name, cls in filters)
    return (
        f"{MADE}\n\n# Filters\n\n"
        "A [policy](../policy.md) is a list of these.\n\n"
        f"| filter | what it does |\n|---|---|\n{rows}"
    )


def main() -> int:
    """Write the pages, or check that they are current."""
    wanted = pages()
    existing = {file.name: file.read_text() for file in FOLDER.glob("*.md")}
    stale = sorted(
        name for name in wanted.keys() | existing.keys() if wanted.get(name) != existing.get(name)
    )
    about, sections = DOCS / "policy-reference.md", reference()
    if not about.exists() or about.read_text() != sections:
        stale.append("../policy-reference.md")
    if "--check" in sys.argv[1:]:
        sys.stderr.write("".join(f"docs/filters/{name} is not current\n" for name in stale))
        return 1 if stale else 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    about.write_text(sections)
    for name in existing.keys() - wanted.keys():
        (FOLDER / name).unlink()
    for name, text in wanted.items():
        (FOLDER / name).write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
