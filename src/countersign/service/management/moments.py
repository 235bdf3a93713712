"""Moments and durations as management rooms show them, in UTC."""

from datetime import UTC, datetime

from countersign.basics.durations import DAY_MS, HOUR_MS, MINUTE_MS


def moment(ts: int) -> str:
    """Return a moment to the minute, such as `2026-11-30 08:51 UTC`."""
    return datetime.fromtimestamp(ts / 1_000, UTC).strftime("%Y-%m-%d %H:%M UTC")


def minute_of_day(ts: int) -> int:
    """Return how many minutes of its day (UTC) have passed at a moment."""
    return ts % DAY_MS // MINUTE_MS


def weekday(ts: int) -> int:
    """Return the day of the week (UTC) of a moment, 0 for Monday."""
    return (ts // DAY_MS + 3) % 7  # the epoch began on a Thursday


def is_within(minute: int, begin: int, end: int) -> bool:
    """Return True if a minute of a day lies in hours that may go over midnight."""
    return begin <= minute < end if begin < end else not end <= minute < begin


def lasting(ms: int) -> str:
    """Return a duration in its largest whole unit, such as `2 h`."""
    for unit_ms, unit in ((DAY_MS, "d"), (HOUR_MS, "h"), (MINUTE_MS, "min")):
        if ms >= unit_ms:
            return f"{ms // unit_ms} {unit}"
    return "less than a minute"
