"""Limits on the pages for people: of one network, and of everybody together."""

from typing import Final

from countersign.ports.clock import Clock
from countersign.service.limits.token_buckets import RateLimit, TokenBuckets

VIEWS_PER_NETWORK: Final = RateLimit(per_second=0.5, burst=30)
VIEWS_IN_ALL: Final = RateLimit(per_second=20, burst=100)
"""A view is two reads of the database and 0.4 ms of the event loop, which signs beside it."""
APPEALS_PER_NETWORK: Final = RateLimit(per_second=1 / 900, burst=5)
APPEALS_IN_ALL: Final = RateLimit(per_second=1, burst=20)

_EVERYONE: Final = ""


class PageLimits:
    """Takes what a view of a page, and an appeal, costs.

    A reference has 50 bits: where a million refusals are kept, guessing one of them takes two years
    at 20 views a second, and it tells a rule's words and nothing of anybody.
    """

    def __init__(self, clock: Clock) -> None:
        self._views = TokenBuckets(VIEWS_PER_NETWORK, clock)
        self._views_in_all = TokenBuckets(VIEWS_IN_ALL, clock)
        self._appeals = TokenBuckets(APPEALS_PER_NETWORK, clock)
        self._appeals_in_all = TokenBuckets(APPEALS_IN_ALL, clock)

    def view(self, network: str | None) -> None:
        """Take the tokens of a page that is looked at.

        Args:
            network: where the request comes from; those of which it is not known share one limit.

        Raises:
            RateLimited: there are too many.
        """
        self._views.take(network or _EVERYONE)
        self._views_in_all.take(_EVERYONE)

    def appeal(self, network: str | None) -> None:
        """Take the tokens of an appeal.

        Args:
            network: as above.

        Raises:
            RateLimited: there are too many.
        """
        self._appeals.take(network or _EVERYONE)
        self._appeals_in_all.take(_EVERYONE)
