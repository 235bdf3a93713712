"""Token buckets, bounded in number."""

from dataclasses import dataclass

from countersign.basics.bounded_mapping import BoundedMapping
from countersign.ports.clock import Clock
from countersign.service.errors import RateLimited

MAX_BUCKETS = 20_000
_USED_SECONDS = 1.0
"""Time for which a bucket that was used keeps its place among the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit:
    """`per_second` requests go on for ever; `burst` may come at once."""

    per_second: float
    burst: int


@dataclass(slots=True)
class Bucket:
    """Tokens left to one key, as of a moment."""

    tokens: float
    filled_at: float
    used_at: float


class TokenBuckets:
    """A token bucket per key; the longest unused bucket goes when there are too many.

    A bucket that went is full when it comes back, so crowding others out can only do them good.
    """

    def __init__(self, limit: RateLimit, clock: Clock) -> None:
        self._per_second = limit.per_second
        self._burst = float(limit.burst)
        self._clock = clock
        self._buckets: BoundedMapping[str, Bucket] = BoundedMapping(MAX_BUCKETS)

    def take(self, key: str, cost: int = 1) -> None:
        """Take the tokens of one request of `key`.

        Raises:
            RateLimited: there are too few; says after how many milliseconds there will be enough.
        """
        bucket = self.filled(key, self._clock.monotonic())
        if bucket.tokens < 1:
            raise RateLimited(self.wait_ms(bucket))
        # A request that costs much may go into debt: else one above the burst could never come.
        bucket.tokens -= cost

    def take_elsewhere(self, key: str, cost: int) -> None:
        """Take the tokens of requests that other processes let through already."""
        bucket = self.filled(key, self._clock.monotonic())
        # No deeper into debt than one bucket: else a moment of too much would last.
        bucket.tokens = max(-self._burst, bucket.tokens - cost)

    def filled(self, key: str, now: float) -> Bucket:
        """Return the bucket of `key`, with what has flowed in by `now`."""
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = Bucket(self._burst, now, now)
            return bucket
        # Each request fills seven buckets, so there is no call that is not needed.
        if now - bucket.used_at > _USED_SECONDS:
            self._buckets.move_to_end(key)
            bucket.used_at = now
        tokens = bucket.tokens + (now - bucket.filled_at) * self._per_second
        bucket.tokens = min(self._burst, tokens)
        bucket.filled_at = now
        return bucket

    def wait_ms(self, bucket: Bucket) -> int:
        """Return after how many milliseconds an empty bucket holds a token again."""
        return max(1, round((1 - bucket.tokens) / self._per_second * 1000))
