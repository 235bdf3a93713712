"""Times and durations as management rooms show them, in UTC."""

from datetime import UTC, datetime

from countersign.basics.durations import DAY_MS, HOUR_MS, MINUTE_MS


def moment(ts: int) -> str:
    """Return a time to the minute, such as `2026-11-30 08:51 UTC`."""
    return datetime.fromtimestamp(ts / 1_000, UTC).strftime("%Y-%m-%d %H:%M UTC")


def minute_of_day(ts: int) -> int:
    """Return the minute of the day (UTC) of a time."""
    return ts % DAY_MS // MINUTE_MS


def weekday(ts: int) -> int:
    """Return the day of the week (UTC) of a time, 0 for Monday."""
    return (ts // DAY_MS + 3) % 7  # 1 January 1970 was a Thursday


def is_within(minute: int, begin: int, end: int) -> bool:
    """Return True if a minute of the day is in a range that may go over midnight."""
    return begin <= minute < end if begin < end else not end <= minute < begin


def duration_in_words(ms: int) -> str:
    """Return a duration in its largest whole unit, such as `2 h`."""
    for unit_ms, unit in ((DAY_MS, "d"), (HOUR_MS, "h"), (MINUTE_MS, "min")):
        if ms >= unit_ms:
            return f"{ms // unit_ms} {unit}"
    return "less than a minute"
