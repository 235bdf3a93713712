"""Sliding windows in this process's memory, each counted in slices."""

from collections import deque

from countersign.basics.bounded_mapping import BoundedMapping
from countersign.ports.counters import Total

# Number of slices of a window; a count may be too high for the time of one slice.
SLICES = 100

_Key = tuple[tuple[str, ...], int]


class _Window:
    """Counts of each slice of one sliding window, oldest first, and the time of the latest."""

    __slots__ = ("latest", "slices", "total")

    def __init__(self) -> None:
        self.slices: deque[list[int]] = deque()
        self.total = 0
        self.latest = 0


class Windows:
    """Counters, each in a sliding window.

    Memory is bounded twice: a window holds at most `SLICES` + 1 numbers however many events it
    counts, and all windows together hold at most `max_slices`. Beyond that, and beyond
    `max_counters`, the least recently used counters are forgotten.

    Times are in milliseconds and do not go back, except for rounding.
    """

    def __init__(self, *, max_counters: int = 50_000, max_slices: int = 200_000) -> None:
        self._max_slices = max_slices
        self._windows: BoundedMapping[_Key, _Window] = BoundedMapping(max_counters, self._forgot)
        self._slices = 0

    def count(self, counter: tuple[str, ...], window_ms: int, now: int) -> Total:
        """Return the units added to `counter` in the window before `now`."""
        key = (counter, window_ms)
        window = self._windows.get(key)
        if window is None:
            return Total()
        self._expire(window, _slice_of(now, window_ms))
        if not window.slices:
            del self._windows[key]
            return Total()
        return Total(window.total, max(0, now - window.latest))

    def add(self, counter: tuple[str, ...], window_ms: int, now: int, units: int) -> None:
        """Add `units`; the same `counter` with another window is another counter."""
        key = (counter, window_ms)
        window = self._windows.use(key)
        if window is None:
            window = self._windows[key] = _Window()
        current = _slice_of(now, window_ms)
        self._expire(window, current)
        if window.slices and window.slices[-1][0] >= current:
            window.slices[-1][1] += units
        else:
            window.slices.append([current, units])
            self._slices += 1
        window.total += units
        window.latest = max(window.latest, now)
        while self._slices > self._max_slices:
            self._windows.forget_oldest()

    def _expire(self, window: _Window, current: int) -> None:
        # A slice leaves only when its youngest event has left the window.
        while window.slices and window.slices[0][0] < current - SLICES:
            window.total -= window.slices.popleft()[1]
            self._slices -= 1

    def _forgot(self, key: _Key, window: _Window) -> None:  # noqa: ARG002
        self._slices -= len(window.slices)


def _slice_of(moment: int, window_ms: int) -> int:
    return moment * SLICES // window_ms
