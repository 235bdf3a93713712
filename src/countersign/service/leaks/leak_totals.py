"""Counts of the detection of leaks since the start."""

from dataclasses import dataclass


@dataclass(slots=True)
class LeakTotals:
    """Counts since the start.

    Attributes:
        recorded: new leaks that were recorded.
        dropped: events that were not checked because too many waited.
        troubled: events that could not be judged, and leaks that could not be recorded.
        beyond_ration: leaks that were not recorded because of the hourly limits.
    """

    recorded: int = 0
    dropped: int = 0
    troubled: int = 0
    beyond_ration: int = 0
