"""What people read: tables, sentences, and one way to fail. Programs get JSON."""

import json
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, NoReturn

from rich.console import Console
from rich.markup import escape
from rich.table import Table

console = Console(highlight=False, soft_wrap=True)
errors = Console(stderr=True, highlight=False, soft_wrap=True)


def fail(message: str) -> NoReturn:
    """Say on stderr what went wrong and end with status 1."""
    errors.print(f"[bold red]Error:[/] {printable(message)}")
    sys.exit(1)


def printable(text: str) -> str:
    """Return `text` fit for a terminal: a stranger's escape codes and markup do nothing in it."""
    harmless = "".join(
        char if char.isprintable() or char == "\n" else f"\\x{ord(char):02x}" for char in text
    )
    return escape(harmless)


def print_json(value: Any) -> None:
    """Print `value` as indented JSON, ASCII only so that any terminal and any program reads it."""
    print(json.dumps(value, indent=2))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, empty: str) -> None:
    """Print a table, or the sentence `empty` when there are no rows."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(printable(cell) for cell in row))
    if table.row_count:
        console.print(table)
    else:
        console.print(empty)


def moment(ts: int) -> str:
    """Return a moment in ms since the epoch for people: UTC, to the second."""
    return datetime.fromtimestamp(ts / 1000, tz=UTC).strftime("%Y-%m-%d %H:%M:%S")
