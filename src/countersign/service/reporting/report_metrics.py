"""Metric of reports: how many reported events wait for a moderator.

They are counted in the store every minute: whoever looks at the metrics is answered at once.
"""

from typing import Final

from countersign.basics.durations import DAY_MS
from countersign.ports.clock import Clock
from countersign.ports.metrics import Metrics
from countersign.ports.stores.review.reports import ReportStore
from countersign.ports.stores.review.reviews import ReviewState, ReviewStore
from countersign.service.periodic_work import do_every

COUNT_EVERY_SECONDS: Final = 60.0
MAX_COUNTED: Final = 1_000
SINCE_MS: Final = 7 * DAY_MS
"""As far back as the review queue goes."""


class ReportMetrics:
    """Counts reported events regularly.

    Args:
        store: has reports.
        reviews: tell what was looked at.
        metrics: where they are shown.
    """

    def __init__(
        self, store: ReportStore, reviews: ReviewStore, clock: Clock, metrics: Metrics
    ) -> None:
        self._store = store
        self._reviews = reviews
        self._clock = clock
        self._open = 0
        metrics.gauge(
            "countersign_reports_open",
            "Events that members reported in the last week and that wait for a moderator.",
            lambda: self._open,
        )

    async def run(self) -> None:
        """Count every minute until cancelled."""
        await do_every(COUNT_EVERY_SECONDS, self.count, self._clock, "reports are not counted now")

    async def count(self) -> None:
        """Count the reported events in the store.

        Raises:
            StoreUnavailable: it can't be read now.
        """
        since_ts = self._clock.now_ts() - SINCE_MS
        events = await self._store.events(communities=None, since_ts=since_ts, limit=MAX_COUNTED)
        reviews = await self._reviews.find([each.key for each in events])
        handled = [each for each in reviews.values() if each.state is ReviewState.HANDLED]
        self._open = len(events) - len(handled)
