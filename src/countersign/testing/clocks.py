"""A clock and random numbers that tests control."""

import asyncio
import heapq
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from itertools import count
from typing import Final

_START_TS: Final = 1_750_000_000_000
_START_SECONDS: Final = 1_000.0
_FRACTION_BYTES: Final = 6
_REAL_PAUSE_SECONDS: Final = 0.001


class ManualClock:
    """A `Clock` that moves only by `advance` and `passing`."""

    def __init__(self, now_ts: int = _START_TS) -> None:
        self._now_ts = now_ts
        self._monotonic = _START_SECONDS
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = count()

    def now_ts(self) -> int:
        """Return the wall clock in milliseconds since the epoch."""
        return self._now_ts

    def monotonic(self) -> float:
        """Return the seconds that have passed, and a few more."""
        return self._monotonic

    def advance(self, seconds: float) -> None:
        """Move both clocks forward."""
        self._now_ts += round(seconds * 1_000)
        self._monotonic += seconds
        while self._sleepers and self._sleepers[0][0] <= self._monotonic:
            _, _, awake = heapq.heappop(self._sleepers)
            if not awake.done():
                awake.set_result(None)

    async def sleep(self, seconds: float) -> None:
        """Wait until `advance` was called for `seconds` in all; no real time passes."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        awake = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._monotonic + seconds, next(self._order), awake))
        await awake

    @asynccontextmanager
    async def passing(self) -> AsyncIterator[None]:
        """Advance, within the block, to the end of the shortest sleep whenever somebody sleeps.

        Nothing holds it back: a state that lasts until the next sleep ends may be over before
        anybody looks. Poll for a state that stays, or let what is awaited tell of itself.
        """
        task = asyncio.create_task(self._pass())
        try:
            yield
        finally:
            task.cancel()

    async def _pass(self) -> None:
        while True:
            await asyncio.sleep(_REAL_PAUSE_SECONDS)
            if self._sleepers:
                self.advance(max(0.0, self._sleepers[0][0] - self._monotonic))

    def set_wall_clock(self, now_ts: int) -> None:
        """Set the wall clock, as an operator or NTP does: no time passes."""
        self._now_ts = now_ts


class RepeatableRandomness:
    """A `Randomness` that gives the same again for the same seed; for no key that matters."""

    def __init__(self, seed: bytes = b"") -> None:
        self._seed = seed
        self._count = 0

    def random_bytes(self, count: int) -> bytes:
        """Return the next `count` bytes."""
        block = b""
        while len(block) < count:
            self._count += 1
            block += sha256(self._seed + self._count.to_bytes(8)).digest()
        return block[:count]

    def fraction(self) -> float:
        """Return the next number from 0 up to, never reaching, 1."""
        number = int.from_bytes(self.random_bytes(_FRACTION_BYTES))
        return number / float(1 << 8 * _FRACTION_BYTES)
