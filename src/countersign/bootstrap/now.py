"""The present moment, for commands."""

from countersign.adapters.system import SystemClock


def now_ts() -> int:
    """Return the present moment in ms since the epoch."""
    return SystemClock().now_ts()
