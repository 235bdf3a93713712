"""Tables in plain text that are valid Markdown."""

from collections.abc import Iterable, Sequence


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table whose columns line up; numbers go to the right."""
    texts = [[_text(value) for value in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(header, *texts, strict=True)]
    lines = [
        _line(header, widths),
        "|" + "|".join("-" * (width + 1) + ":" for width in widths) + "|",
        *(_line(row, widths) for row in texts),
    ]
    # The first column names the row.
    lines[1] = lines[1].replace("-:|", "--|", 1)
    return "\n".join(lines)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    first, *rest = (
        text.rjust(width) if number else text.ljust(width)
        for number, (text, width) in enumerate(zip(row, widths, strict=True))
    )
    return "| " + " | ".join([first, *rest]) + " |"


def _text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.1f}"
    return f"{value:,}" if isinstance(value, int) else str(value)
