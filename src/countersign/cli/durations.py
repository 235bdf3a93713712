"""Durations and times as people write them: `30m`, `7d`, `2026-11-29 18:00`."""

from datetime import UTC, datetime

import typer

from countersign.basics.durations import find_duration_ms


def duration_ms(text: str) -> int:
    """Return a duration in milliseconds.

    Raises:
        typer.BadParameter: says what a duration looks like.
    """
    milliseconds = find_duration_ms(text)
    if milliseconds is None:
        raise typer.BadParameter(f"{text!r} is no duration; write 30m, 2h or 7d.")
    return milliseconds


def since_ts(text: str) -> int:
    """Return the beginning of a period, in ms since the epoch.

    Args:
        text: a duration before now, such as 7d; or a day or time, in UTC unless it has an offset.

    Raises:
        typer.BadParameter: says what it looks like.
    """
    from countersign.bootstrap.stores import now_ts

    milliseconds = find_duration_ms(text)
    if milliseconds is not None:
        return max(0, now_ts() - milliseconds)
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is no time; write 30m, 2h or 7d, or 2026-11-29 or '2026-11-29 18:00' in UTC."
        ) from None
    moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    ts = round(moment.timestamp() * 1_000)
    if not 0 <= ts <= now_ts():
        raise typer.BadParameter(f"{text!r} is not in the past.")
    return ts
