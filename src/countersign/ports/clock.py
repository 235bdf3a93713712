"""Port: time."""

from typing import Protocol


class Clock(Protocol):
    """The time; tests use one that they move themselves."""

    def now_ts(self) -> int:
        """Return the wall clock in milliseconds since the epoch; it may jump, forwards or back."""
        ...

    def monotonic(self) -> float:
        """Return seconds since some moment; never goes back, so deadlines and rates use it."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait until `monotonic()` has advanced by `seconds`, a number above 0."""
        ...
