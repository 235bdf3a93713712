"""The port that counts events in sliding windows."""

from typing import Protocol


class EventRates(Protocol):
    """Counts what happened lately, a counter for each name.

    Whoever decides an event asks `count` before, and calls `add` once the event is signed, so that
    refused events use up nobody's share. A counter never used is 0. Numbers may be a little too
    high for a hundredth of the window after an event has left it, and are never too low, except
    that an implementation short of memory forgets its least recently used counters.

    Moments are seconds of the monotonic clock and never go back.
    """

    def count(self, counter: tuple[str, ...], per_seconds: int, now: float) -> int:
        """Return how many were added to `counter` in the `per_seconds` before `now`."""
        ...

    def add(self, counter: tuple[str, ...], per_seconds: int, now: float) -> None:
        """Count one more; the same `counter` with another window is another counter."""
        ...

    def remove(self, counter: tuple[str, ...], per_seconds: int, added: float) -> None:
        """Take back what was added at the moment `added`; nothing happens if it is forgotten."""
        ...
