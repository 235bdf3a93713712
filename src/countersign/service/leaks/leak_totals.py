"""Counts of what the detection of leaks has done since the start."""

from dataclasses import dataclass


@dataclass(slots=True)
class LeakTotals:
    """Counts since the start.

    Attributes:
        recorded: leaks that are on record now and were not before.
        dropped: events that were not looked at because too many waited.
        troubled: events that could not be judged, or leaks that could not be recorded.
        beyond_ration: leaks not recorded because their room had too many within the hour.
    """

    recorded: int = 0
    dropped: int = 0
    troubled: int = 0
    beyond_ration: int = 0
