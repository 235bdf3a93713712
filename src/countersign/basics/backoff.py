"""Waiting times that grow with each failure in a row."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, islice

_MAX_EXPONENT = 64
"""Beyond, any wait has long reached its longest; a float has no end to reach."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """Settings of the wait after failures in a row, which grows with each failure.

    Attributes:
        first: seconds to wait after the first failure.
        longest: seconds that no wait exceeds, jitter aside.
        factor: by which the wait grows with each failure.
        jitter: maximum share by which a wait is prolonged at random, so that retries spread.
    """

    first: float
    longest: float
    factor: float = 2.0
    jitter: float = 0.0

    def seconds(self, failures: int, fraction: float = 0.0) -> float:
        """Return the time to wait.

        Args:
            failures: number of failures in a row, at least 1.
            fraction: for jitter, `Randomness.fraction()`.
        """
        grown = self.first * self.factor ** min(failures - 1, _MAX_EXPONENT)
        return min(grown, self.longest) * (1 + self.jitter * fraction)

    def waits(self, most: int | None = None) -> Iterator[float]:
        """Yield the times to wait in turn, without jitter; at most `most`, or without end."""
        return islice(map(self.seconds, count(1)), most)
