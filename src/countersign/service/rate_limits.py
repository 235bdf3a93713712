"""How fast one origin may ask: a token bucket for each server name, bounded in number."""

from collections import OrderedDict
from dataclasses import dataclass

from countersign.ports.clock import Clock
from countersign.service.errors import RateLimited

MAX_BUCKETS = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit:
    """`per_second` requests go on for ever; `burst` may come at once."""

    per_second: float
    burst: int


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled_at: float


class OriginLimits:
    """A token bucket per origin; the longest unused bucket goes when there are too many.

    Only authenticated origins take tokens, so nobody can empty another's bucket.
    """

    def __init__(self, limit: RateLimit, clock: Clock) -> None:
        self._limit = limit
        self._clock = clock
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, origin: str) -> None:
        """Take one token of `origin`.

        Raises:
            RateLimited: none is left; says after how many milliseconds there will be one.
        """
        now = self._clock.monotonic()
        bucket = self._buckets.get(origin)
        if bucket is None:
            if len(self._buckets) >= MAX_BUCKETS:
                self._buckets.popitem(last=False)
            bucket = self._buckets[origin] = _Bucket(float(self._limit.burst), now)
        else:
            self._buckets.move_to_end(origin)
            gained = (now - bucket.filled_at) * self._limit.per_second
            bucket.tokens = min(float(self._limit.burst), bucket.tokens + gained)
            bucket.filled_at = now
        if bucket.tokens < 1:
            wait_seconds = (1 - bucket.tokens) / self._limit.per_second
            raise RateLimited(retry_after_ms=max(1, round(wait_seconds * 1000)))
        bucket.tokens -= 1
