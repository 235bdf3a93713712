"""Output for people: tables, sentences, and one way to fail. Programs get JSON."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.markup import escape

from countersign.basics.printable_text import visible
from countersign.cli.hints import complete_commands

_GAP = 2
_TERMINAL_LACKED_WIDTH = "[dim]Too narrow to show: {}. A wider terminal and --json show all.[/]"

console = Console(highlight=False, soft_wrap=True, emoji=False)
errors = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)


def fail(message: str) -> NoReturn:
    """Say on stderr what went wrong and end with status 1."""
    first, *others = message.splitlines() or [""]
    errors.print(f"[bold red]Error:[/] {advice(first)}")
    for line in others:
        errors.print(advice(line))
    sys.exit(1)


def advice(text: str) -> str:
    """Return `text` like `printable`, with the commands in it completed to be pasted."""
    return printable(complete_commands(text))


def note(text: str | None) -> None:
    """Say on stderr what the command's answer leaves unsaid, if there is something."""
    if text is not None:
        errors.print(f"[yellow]Note:[/] {advice(text)}")


def printable(text: str) -> str:
    """Return `text` on one line, fit for a terminal: a stranger's codes and markup do nothing."""
    return escape(visible(text))


def print_json(value: Any) -> None:
    """Print `value` as indented JSON, ASCII only so that any terminal and any program reads it."""
    print(json.dumps(value, indent=2), flush=True)


def is_on_terminal() -> bool:
    """Return True if a person reads the output; colours may be forced upon a pipe too."""
    return sys.stdout.isatty()


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table, and what becomes of it on a terminal that is too narrow for all.

    Attributes:
        title: its heading.
        rank: the column with the greatest rank is dropped first, of equal ones the rightmost; one
            with rank 0 never is.
        min_chars: cells may be cut down to so many characters before a column is dropped; None for
            what is of no use when cut, such as an ID.
        is_below: on a terminal its lines stand below the row, each whole.
    """

    title: str
    rank: int = 1
    min_chars: int | None = None
    is_below: bool = False


def print_table(
    columns: Sequence[Column | str], rows: Iterable[Sequence[str]], *, empty: str
) -> None:
    """Print a table, or the sentence `empty` when there are no rows.

    On a terminal each row is one line that fits, and columns that do not fit are left out.
    Elsewhere each row is one whole line with all columns.
    """
    described = [each if isinstance(each, Column) else Column(each) for each in columns]
    cells = [list(row) for row in rows]
    if not cells:
        console.print(advice(empty))
    elif is_on_terminal():
        _print_fitting(described, cells, console.width)
    else:
        whole = [["; ".join(map(visible, cell.split("\n"))) for cell in row] for row in cells]
        titles = [column.title for column in described]
        widths = [max(map(cell_len, column)) for column in zip(titles, *whole, strict=True)]
        for row in (titles, *whole):
            _print_row(row, widths)


def _print_fitting(columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int) -> None:
    beside = [index for index, column in enumerate(columns) if not column.is_below]
    shown = [[_in_this_encoding(visible(cell)) for cell in row] for row in rows]
    natural = {
        index: max(
            cell_len(text) for text in (columns[index].title, *(row[index] for row in shown))
        )
        for index in beside
    }
    chosen = _choose_columns(columns, natural, width)
    widths = _shorten(columns, {index: natural[index] for index in chosen}, width)
    _print_row([columns[index].title for index in chosen], [*widths.values()], style="bold")
    for row, whole in zip(shown, rows, strict=True):
        _print_row([row[index] for index in chosen], [*widths.values()])
        for index, column in enumerate(columns):
            if column.is_below and whole[index] not in ("", "-"):
                for line in whole[index].split("\n"):
                    console.print(f"    {advice(line)}")
    if dropped := [columns[index].title for index in beside if index not in chosen]:
        errors.print(_TERMINAL_LACKED_WIDTH.format(", ".join(dropped)))


def _choose_columns(columns: Sequence[Column], natural: Mapping[int, int], width: int) -> list[int]:
    """Return which columns fit, some of them perhaps cut, in their order."""
    least = {
        index: min(size, max(columns[index].min_chars or size, len(columns[index].title)))
        for index, size in natural.items()
    }
    chosen = list(natural)
    while sum(least[index] + _GAP for index in chosen) - _GAP > width:
        optional = [index for index in chosen if columns[index].rank]
        if not optional:
            break
        chosen.remove(max(optional, key=lambda index: (columns[index].rank, index)))
    return chosen


def _shorten(columns: Sequence[Column], natural: Mapping[int, int], width: int) -> dict[int, int]:
    """Return each column's width, with the widest of those that may be cut cut first."""
    widths = dict(natural)
    while sum(size + _GAP for size in widths.values()) - _GAP > width:
        able = [
            index
            for index, size in widths.items()
            if size > max(columns[index].min_chars or size, len(columns[index].title))
        ]
        if not able:
            break
        widths[max(able, key=lambda index: widths[index])] -= 1
    return widths


def _in_this_encoding(text: str) -> str:
    """Return `text` with what the terminal lacks spelled out, which takes more columns."""
    return text.encode(console.encoding, "backslashreplace").decode(console.encoding)


def _print_row(cells: Sequence[str], widths: Sequence[int], *, style: str = "") -> None:
    more = "…" if _in_this_encoding("…") == "…" else "~"
    fitted = (
        cell if cell_len(cell) <= width else f"{set_cell_size(cell, width - len(more))}{more}"
        for cell, width in zip(cells, widths, strict=True)
    )
    padded = (set_cell_size(cell, width) for cell, width in zip(fitted, widths, strict=True))
    console.print((" " * _GAP).join(padded).rstrip(), style=style, markup=False)


def moment(ts: int) -> str:
    """Return a moment in ms since the epoch for people: UTC, to the second."""
    return datetime.fromtimestamp(ts / 1000, tz=UTC).strftime("%Y-%m-%d %H:%M:%S")
