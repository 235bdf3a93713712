"""Output for people: tables, sentences, and errors. Programs get JSON."""

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
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
    """Print an error on stderr and end with status 1."""
    first, *others = message.splitlines() or [""]
    errors.print(f"[bold red]Error:[/] {advice(first)}")
    for line in others:
        errors.print(advice(line))
    sys.exit(1)


def advice(text: str) -> str:
    """Return `text` like `printable`, with the commands in it completed for pasting."""
    return printable(complete_commands(text))


def note(text: str | None) -> None:
    """Print the `note` of an answer on stderr, if there is one."""
    if text is not None:
        errors.print(f"[yellow]Note:[/] {advice(text)}")


def printable(text: str) -> str:
    """Return `text` on one line, with control characters and markup escaped."""
    return escape(visible(text))


def print_json(value: Any) -> None:
    """Print `value` as indented JSON, ASCII only so that any terminal and any program reads it."""
    print(json.dumps(value, indent=2), flush=True)


def is_on_terminal() -> bool:
    """Return True if the output is a terminal; colours may be forced for a pipe, too."""
    return sys.stdout.isatty()


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table, with its behaviour on a narrow terminal.

    Attributes:
        title: its heading.
        value: the key of its value in a row, where nothing is shown as `-`; or a function of the
            row that returns the text.
        rank: the column with the greatest rank is left out first, of equal ones the rightmost; one
            with rank 0 never is.
        min_chars: cells may be cut to this length before a column is left out; None for values that
            are useless when cut, such as an ID.
        is_below: on a terminal its values are printed below the row, uncut.
    """

    title: str
    value: str | Callable[[Any], str]
    rank: int = 1
    min_chars: int | None = None
    is_below: bool = False

    def text_in(self, row: Any) -> str:
        """Return the text of a row's cell."""
        if callable(self.value):
            return self.value(row)
        value = row[self.value]
        return "-" if value in (None, "") else str(value)


def print_hints(answer: Mapping[str, Any]) -> None:
    """Print why a search found nothing on stderr, if the server knows."""
    for hint in answer.get("hints", ()):  # a server of an earlier version knows no hints
        errors.print(f"[yellow]{advice(hint)}[/]")


def at(key: str) -> Callable[[Any], str]:
    """Return a function for the time under `key` of a row; see `moment`."""
    return lambda row: moment(row[key])


def print_table(rows: Iterable[Any], columns: Sequence[Column], *, empty: str) -> None:
    """Print a table, or the sentence `empty` when there are no rows.

    On a terminal each row is one line that fits, and columns that do not fit are left out.
    Elsewhere each row is one whole line with all columns.
    """
    cells = [[column.text_in(row) for column in columns] for row in rows]
    if not cells:
        console.print(advice(empty))
    elif is_on_terminal():
        _print_fitting(columns, cells, console.width)
    else:
        lines = [["; ".join(map(visible, cell.split("\n"))) for cell in row] for row in cells]
        titles = [column.title for column in columns]
        widths = [max(map(cell_len, column)) for column in zip(titles, *lines, strict=True)]
        for row in (titles, *lines):
            _print_row(row, widths)


def _print_fitting(columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int) -> None:
    columns_in_line = [index for index, column in enumerate(columns) if not column.is_below]
    printed = [[_in_this_encoding(visible(cell)) for cell in row] for row in rows]
    natural = {
        index: max(
            cell_len(text) for text in (columns[index].title, *(row[index] for row in printed))
        )
        for index in columns_in_line
    }
    chosen = _choose_columns(columns, natural, width)
    widths = _shorten(columns, {index: natural[index] for index in chosen}, width)
    _print_row([columns[index].title for index in chosen], [*widths.values()], style="bold")
    for row, row_cells in zip(printed, rows, strict=True):
        _print_row([row[index] for index in chosen], [*widths.values()])
        for index, column in enumerate(columns):
            if column.is_below and row_cells[index] not in ("", "-"):
                for line in row_cells[index].split("\n"):
                    console.print(f"    {advice(line)}")
    if dropped := [columns[index].title for index in columns_in_line if index not in chosen]:
        errors.print(_TERMINAL_LACKED_WIDTH.format(", ".join(dropped)))


def _choose_columns(columns: Sequence[Column], natural: Mapping[int, int], width: int) -> list[int]:
    """Return the indices of the columns that fit, possibly cut, in their order."""
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
    """Return each column's width; the widest column that may be cut is cut first."""
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
    """Return `text` with characters that the terminal's encoding lacks escaped."""
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
    """Return a time in ms since the epoch for people: UTC, to the second."""
    return datetime.fromtimestamp(ts / 1000, tz=UTC).strftime("%Y-%m-%d %H:%M:%S")
