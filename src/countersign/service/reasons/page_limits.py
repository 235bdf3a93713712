"""Limits on the pages for people: for one network, and in total."""

from typing import Final

from countersign.ports.clock import Clock
from countersign.service.limits.token_buckets import RateLimit, TokenBuckets

VIEWS_PER_NETWORK: Final = RateLimit(per_second=0.5, burst=30)
VIEWS_IN_ALL: Final = RateLimit(per_second=20, burst=100)
"""Limit on views: each takes two reads of the database and 0.4 ms of the event loop."""
APPEALS_PER_NETWORK: Final = RateLimit(per_second=1 / 900, burst=5)
APPEALS_IN_ALL: Final = RateLimit(per_second=1, burst=20)

_EVERYONE: Final = ""


class PageLimits:
    """Takes tokens for views of pages and for appeals.

    A reference has 50 bits: with a million stored refusals, guessing one of them takes two years at
    20 views a second, and the page shows only a rule's words.
    """

    def __init__(self, clock: Clock) -> None:
        self._views = TokenBuckets(VIEWS_PER_NETWORK, clock)
        self._views_in_all = TokenBuckets(VIEWS_IN_ALL, clock)
        self._appeals = TokenBuckets(APPEALS_PER_NETWORK, clock)
        self._appeals_in_all = TokenBuckets(APPEALS_IN_ALL, clock)

    def view(self, network: str | None) -> None:
        """Charge one view of a page.

        Args:
            network: the client's network; clients without a known network share one limit.

        Raises:
            RateLimited: there are too many.
        """
        self._views.take(network or _EVERYONE)
        self._views_in_all.take(_EVERYONE)

    def appeal(self, network: str | None) -> None:
        """Charge an appeal.

        Args:
            network: as above.

        Raises:
            RateLimited: there are too many.
        """
        self._appeals.take(network or _EVERYONE)
        self._appeals_in_all.take(_EVERYONE)
