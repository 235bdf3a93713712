"""Signs of life of workers, in memory that the supervisor reads."""

import asyncio
from mmap import mmap
from struct import Struct
from typing import Final

BEAT_SECONDS: Final = 1.0
_COUNT: Final = Struct("=Q")


class Beats:
    """A count for each worker, which its event loop counts up every second.

    Made before the workers are forked. Nobody locks: each count has one writer.

    Args:
        workers: their number.
    """

    def __init__(self, workers: int) -> None:
        self._counts = mmap(-1, workers * _COUNT.size)

    def begin(self, number: int, loop: asyncio.AbstractEventLoop) -> None:
        """Count up for a worker of this number for as long as the loop runs."""
        (count,) = _COUNT.unpack_from(self._counts, number * _COUNT.size)
        _COUNT.pack_into(self._counts, number * _COUNT.size, count + 1)
        loop.call_later(BEAT_SECONDS, self.begin, number, loop)

    def count(self, number: int) -> int:
        """Return how often a worker of this number has counted up."""
        (count,) = _COUNT.unpack_from(self._counts, number * _COUNT.size)
        return int(count)


class Watch:
    """Watch over one worker: counts looks in a row that found no sign of life.

    Looks are counted and not seconds. So a supervisor that gets no processor, or a machine that is
    suspended, does not take its workers for hung.

    Args:
        beats: the beats of all workers.
        number: the number of this worker.
        most: looks without a sign of life after which it counts as hung.
    """

    def __init__(self, beats: Beats, number: int, *, most: int) -> None:
        self._beats = beats
        self._number = number
        self._most = most
        self._last = 0
        self._silent = 0

    def begin(self) -> None:
        """Begin anew, with a process that was just started."""
        self._silent = 0

    def is_hung(self) -> bool:
        """Look once; return True at every `most`th look in a row without a sign of life."""
        count = self._beats.count(self._number)
        self._silent = 0 if count != self._last else self._silent + 1
        self._last = count
        if self._silent < self._most:
            return False
        self._silent = 0
        return True
