"""Sliding windows of event counts in this process's memory."""

from collections import OrderedDict, deque

# A window is counted in this many slices; one slice is how long a count may be too high.
SLICES = 100

_Key = tuple[tuple[str, ...], int]


class _Window:
    """How many were counted in each slice of one window, oldest first."""

    __slots__ = ("slices", "total")

    def __init__(self) -> None:
        self.slices: deque[list[int]] = deque()
        self.total = 0


class MemoryEventRates:
    """`EventRates` for a server of one process.

    Memory is bounded twice: a window holds at most `SLICES` + 1 numbers however many events it
    counts, and all windows together hold at most `max_slices`. Beyond that, and beyond
    `max_counters`, the least recently used counters are forgotten.
    """

    def __init__(self, *, max_counters: int = 50_000, max_slices: int = 200_000) -> None:
        self._max_counters = max_counters
        self._max_slices = max_slices
        self._windows: OrderedDict[_Key, _Window] = OrderedDict()
        self._slices = 0

    def count(self, counter: tuple[str, ...], per_seconds: int, now: float) -> int:
        """See `EventRates.count`."""
        key = (counter, per_seconds)
        window = self._windows.get(key)
        if window is None:
            return 0
        self._expire(window, _slice_of(now, per_seconds))
        if not window.slices:
            del self._windows[key]
        return window.total

    def add(self, counter: tuple[str, ...], per_seconds: int, now: float) -> None:
        """See `EventRates.add`."""
        key = (counter, per_seconds)
        window = self._windows.setdefault(key, _Window())
        self._windows.move_to_end(key)
        current = _slice_of(now, per_seconds)
        self._expire(window, current)
        if window.slices and window.slices[-1][0] >= current:
            window.slices[-1][1] += 1
        else:
            window.slices.append([current, 1])
            self._slices += 1
        window.total += 1
        self._forget_surplus()

    def remove(self, counter: tuple[str, ...], per_seconds: int, added: float) -> None:
        """See `EventRates.remove`."""
        window = self._windows.get((counter, per_seconds))
        if window is None:
            return
        wanted = _slice_of(added, per_seconds)
        for entry in reversed(window.slices):
            if entry[0] <= wanted:
                if entry[0] == wanted and entry[1] > 0:
                    entry[1] -= 1
                    window.total -= 1
                return

    def _expire(self, window: _Window, current: int) -> None:
        # A slice leaves only when its youngest event has left the window.
        while window.slices and window.slices[0][0] < current - SLICES:
            window.total -= window.slices.popleft()[1]
            self._slices -= 1

    def _forget_surplus(self) -> None:
        while len(self._windows) > self._max_counters or self._slices > self._max_slices:
            _, window = self._windows.popitem(last=False)
            self._slices -= len(window.slices)


def _slice_of(moment: float, per_seconds: int) -> int:
    return int(moment * SLICES // per_seconds)
