"""What people read: tables, sentences, and one way to fail. Programs get JSON."""

import json
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, NoReturn

from rich.console import Console
from rich.markup import escape
from rich.table import Table

_PIPE_WIDTH = 1_000
"""A program, or a person's `grep`, wants a row on a line."""

console = Console(
    highlight=False,
    soft_wrap=True,
    emoji=False,
    width=None if sys.stdout.isatty() else _PIPE_WIDTH,
)
errors = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)


def fail(message: str) -> NoReturn:
    """Say on stderr what went wrong and end with status 1."""
    first, *others = message.splitlines() or [""]
    errors.print(f"[bold red]Error:[/] {printable(first)}")
    for line in others:
        errors.print(printable(line))
    sys.exit(1)


def printable(text: str) -> str:
    """Return `text` on one line, fit for a terminal: a stranger's codes and markup do nothing."""
    return escape("".join(c if c.isprintable() else ascii(c)[1:-1] for c in text))


def print_json(value: Any) -> None:
    """Print `value` as indented JSON, ASCII only so that any terminal and any program reads it."""
    print(json.dumps(value, indent=2), flush=True)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, empty: str) -> None:
    """Print a table, or the sentence `empty` when there are no rows."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*("\n".join(map(printable, cell.split("\n"))) for cell in row))
    if table.row_count:
        console.print(table)
    else:
        console.print(empty)


def moment(ts: int) -> str:
    """Return a moment in ms since the epoch for people: UTC, to the second."""
    return datetime.fromtimestamp(ts / 1000, tz=UTC).strftime("%Y-%m-%d %H:%M:%S")
