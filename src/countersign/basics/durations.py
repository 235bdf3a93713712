"""Durations: as people write them, `30m` or `7d`, and in milliseconds."""

import re
from typing import Final

SECOND_MS: Final = 1_000
MINUTE_MS: Final = 60 * SECOND_MS
HOUR_MS: Final = 60 * MINUTE_MS
DAY_MS: Final = 24 * HOUR_MS

_UNITS_MS: Final = {"s": SECOND_MS, "m": MINUTE_MS, "h": HOUR_MS, "d": DAY_MS}
_DURATION: Final = re.compile(r"([0-9]{1,5})([smhd])", re.ASCII)


def find_duration_ms(text: str) -> int | None:
    """Return a duration in milliseconds; None if `text` is not a duration, or is zero."""
    match = _DURATION.fullmatch(text.strip())
    return (int(match[1]) * _UNITS_MS[match[2]] or None) if match else None
