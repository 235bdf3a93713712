"""Port: randomness."""

from typing import Protocol


class Randomness(Protocol):
    """Unpredictable numbers and bytes; tests use a repeatable one."""

    def random_bytes(self, count: int) -> bytes:
        """Return `count` bytes fit for keys and tokens."""
        ...

    def fraction(self) -> float:
        """Return a number from 0 up to, never reaching, 1: for jitter, not for secrets."""
        ...
