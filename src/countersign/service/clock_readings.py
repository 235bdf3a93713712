"""How much time passed, and whether the wall clock agrees: it can be set, or be wrong."""

from dataclasses import dataclass
from typing import Final, Self

from countersign.ports.clock import Clock

MAX_CLOCK_SKEW_MS: Final = 10 * 60 * 1000
"""How far two clocks may be apart before one of them is taken to be wrong."""


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
        """Return what `clock` shows now."""
        return cls(clock.now_ts(), clock.monotonic())

    def elapsed_ms(self, clock: Clock) -> int:
        """Return the milliseconds since, whatever was done to the wall clock."""
        return round((clock.monotonic() - self.seconds) * 1000)

    def has_jumped(self, clock: Clock) -> bool:
        """Tell whether the wall clock was set since."""
        moved_ms = clock.now_ts() - self.wall_ts
        return abs(moved_ms - self.elapsed_ms(clock)) > MAX_CLOCK_SKEW_MS


NEVER: Final = ClockReading(0, 0.0)
"""No moment that matters: before any clock was read."""
