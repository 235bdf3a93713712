"""Token buckets, bounded in number."""

from dataclasses import dataclass

from countersign.basics.bounded_mapping import BoundedMapping
from countersign.ports.clock import Clock
from countersign.service.errors import RateLimited

MAX_BUCKETS = 20_000
_USED_SECONDS = 1.0
"""Time after its use within which a bucket is not moved to the end of the eviction order again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit:
    """`per_second` requests are allowed continuously, and up to `burst` at once."""

    per_second: float
    burst: int


@dataclass(slots=True)
class Bucket:
    """Tokens of one key at a moment."""

    tokens: float
    filled_at: float
    used_at: float


class TokenBuckets:
    """A token bucket per key; if there are too many, the least recently used one is dropped.

    A dropped bucket starts full, so filling the table with keys gives others tokens, never less.
    """

    def __init__(self, limit: RateLimit, clock: Clock) -> None:
        self._per_second = limit.per_second
        self._burst = float(limit.burst)
        self._clock = clock
        self._buckets: BoundedMapping[str, Bucket] = BoundedMapping(MAX_BUCKETS)

    def take(self, key: str, cost: int = 1) -> None:
        """Take the tokens of one request of `key`.

        Raises:
            RateLimited: there are too few tokens; has the time in ms after which there are enough.
        """
        bucket = self.filled(key, self._clock.monotonic())
        if bucket.tokens < 1:
            raise RateLimited(self.wait_ms(bucket))
        # A bucket may become negative: otherwise a request that costs more than the burst never
        # passes.
        bucket.tokens -= cost

    def require(self, key: str) -> None:
        """Check that a request of `key` would pass, without taking its tokens.

        Raises:
            RateLimited: as `take` does.
        """
        bucket = self.filled(key, self._clock.monotonic())
        if bucket.tokens < 1:
            raise RateLimited(self.wait_ms(bucket))

    def take_for_others(self, key: str, cost: int) -> None:
        """Take the tokens of requests that other processes already let through."""
        bucket = self.filled(key, self._clock.monotonic())
        # At most one burst below zero: otherwise a short excess would have effect for long.
        bucket.tokens = max(-self._burst, bucket.tokens - cost)

    def filled(self, key: str, now: float) -> Bucket:
        """Return the bucket of `key` with the tokens added until `now`."""
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = Bucket(self._burst, now, now)
            return bucket
        # Each request takes from seven buckets, so function calls are avoided here.
        if now - bucket.used_at > _USED_SECONDS:
            self._buckets.move_to_end(key)
            bucket.used_at = now
        bucket.tokens += (now - bucket.filled_at) * self._per_second
        if bucket.tokens > self._burst:
            bucket.tokens = self._burst
        bucket.filled_at = now
        return bucket

    def wait_ms(self, bucket: Bucket) -> int:
        """Return the milliseconds until an empty bucket has a token again."""
        return max(1, round((1 - bucket.tokens) / self._per_second * 1000))
