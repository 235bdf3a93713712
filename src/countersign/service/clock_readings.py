"""Readings of clocks: time passed, and whether the wall clock agrees."""

from dataclasses import dataclass
from typing import Final, Self

from countersign.ports.clock import Clock

MAX_CLOCK_SKEW_MS: Final = 10 * 60 * 1000
"""Difference between two clocks beyond which one is taken to be wrong."""


@dataclass(frozen=True, slots=True)
class ClockReading:
    """Both clocks at one moment.

    Attributes:
        wall_ts: the wall clock, milliseconds since the epoch.
        seconds: the monotonic clock.
    """

    wall_ts: int
    seconds: float

    @classmethod
    def of(cls, clock: Clock) -> Self:
        """Return the present reading of `clock`."""
        return cls(clock.now_ts(), clock.monotonic())

    def elapsed_ms(self, clock: Clock) -> int:
        """Return the milliseconds since this reading, by the monotonic clock."""
        return int((clock.monotonic() - self.seconds) * 1000 + 0.5)

    def has_jumped(self, clock: Clock) -> bool:
        """Return True if the wall clock was set since this reading."""
        return self.find_elapsed_ms(clock) is None

    def find_elapsed_ms(self, clock: Clock) -> int | None:
        """Return the milliseconds since this reading; None if the wall clock was set meanwhile."""
        elapsed_ms = int((clock.monotonic() - self.seconds) * 1000 + 0.5)
        skew_ms = clock.now_ts() - self.wall_ts - elapsed_ms
        return elapsed_ms if -MAX_CLOCK_SKEW_MS <= skew_ms <= MAX_CLOCK_SKEW_MS else None


NEVER: Final = ClockReading(0, 0.0)
"""No moment that matters: before any clock was read."""
