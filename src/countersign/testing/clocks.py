"""Time and chance that tests hold in their own hands."""

from hashlib import sha256
from typing import Final

_START_TS: Final = 1_750_000_000_000
_START_SECONDS: Final = 1_000.0
_FRACTION_BYTES: Final = 6


class ManualClock:
    """A `Clock` that stands still until it is told otherwise."""

    def __init__(self, now_ts: int = _START_TS) -> None:
        self._now_ts = now_ts
        self._monotonic = _START_SECONDS

    def now_ts(self) -> int:
        """Return the wall clock in milliseconds since the epoch."""
        return self._now_ts

    def monotonic(self) -> float:
        """Return the seconds that have passed, and a few more."""
        return self._monotonic

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._now_ts += round(seconds * 1_000)
        self._monotonic += seconds

    def set_wall_clock(self, now_ts: int) -> None:
        """Set the wall clock, as an operator or NTP does: no time passes."""
        self._now_ts = now_ts


class RepeatableRandomness:
    """A `Randomness` that gives the same again for the same seed; for no key that matters."""

    def __init__(self, seed: bytes = b"") -> None:
        self._seed = seed
        self._given = 0

    def random_bytes(self, count: int) -> bytes:
        """Return the next `count` bytes."""
        given = b""
        while len(given) < count:
            self._given += 1
            given += sha256(self._seed + self._given.to_bytes(8)).digest()
        return given[:count]

    def fraction(self) -> float:
        """Return the next number from 0 up to, never reaching, 1."""
        drawn = int.from_bytes(self.random_bytes(_FRACTION_BYTES))
        return drawn / float(1 << 8 * _FRACTION_BYTES)
