"""Durations as people write them: `90s`, `30m`, `2h`, `7d`."""

import re
from typing import Final

import typer

_MS: Final = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_DURATION: Final = re.compile(r"(\d{1,5})([smhd])")


def duration_ms(text: str) -> int:
    """Return a duration in milliseconds.

    Raises:
        typer.BadParameter: says what a duration looks like.
    """
    found = _DURATION.fullmatch(text.strip())
    if found is None or int(found[1]) == 0:
        raise typer.BadParameter(f"{text!r} is no duration; write 30m, 2h or 7d.")
    return int(found[1]) * _MS[found[2]]
