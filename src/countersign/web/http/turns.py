"""Turns of processes that accept connections from one listening socket.

The system wakes all of them for a new connection, and the first takes it. With few connections that
last for long, as homeservers and proxies have, one process could get most of them. So whoever has
more connections than another waits for a moment, in which that one takes it.
"""

from mmap import mmap
from struct import Struct
from typing import Final

NUMBER: Final = Struct("=I")
GONE: Final = 0xFFFF_FFFF
"""The count of a process that does not run."""
WAIT_SECONDS: Final = 0.004


class Turns:
    """The counts of connections of all processes, in memory that they share.

    Args:
        counts: four bytes for each process.
        number: the place of this process, from 0.
    """

    def __init__(self, counts: mmap, number: int) -> None:
        self._counts = counts
        self._number = number
        self._places = len(counts) // NUMBER.size

    def note(self, count: int) -> None:
        """Publish the number of connections of this process; `GONE` at its end."""
        NUMBER.pack_into(self._counts, self._number * NUMBER.size, count)

    def has_most(self, count: int) -> bool:
        """Note how many connections this process has; return True if another has fewer."""
        self.note(count)
        other_counts = (
            NUMBER.unpack_from(self._counts, number * NUMBER.size)[0]
            for number in range(self._places)
            if number != self._number
        )
        return any(other_count < count for other_count in other_counts)
