"""The real clock and the real randomness: the one module that may ask the machine for either."""

import asyncio
import secrets  # noqa: TID251 - the Randomness port is made here
import time
from typing import Final

_FRACTION_BITS: Final = 53


class SystemClock:
    """The machine's clocks."""

    def now_ts(self) -> int:
        """Return the wall clock in milliseconds since the epoch."""
        return time.time_ns() // 1_000_000

    # Seconds since the machine started, or some such moment. A request asks a dozen times, so no
    # method of ours stands between.
    monotonic = staticmethod(time.monotonic)  # noqa: TID251 - the Clock port is made here

    async def sleep(self, seconds: float) -> None:
        """Wait for `seconds` of the event loop's time."""
        await asyncio.sleep(seconds)


class SystemRandomness:
    """The operating system's randomness."""

    def random_bytes(self, count: int) -> bytes:
        """Return `count` bytes fit for keys and tokens."""
        return secrets.token_bytes(count)

    def fraction(self) -> float:
        """Return a number from 0 up to, never reaching, 1."""
        return secrets.randbits(_FRACTION_BITS) / (1 << _FRACTION_BITS)
