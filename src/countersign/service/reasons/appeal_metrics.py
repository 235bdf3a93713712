"""Metrics of appeals: open ones, overdue ones, and the time until a first action.

They are counted in the store every minute, so that a scrape does not wait for the store.
"""

from statistics import median
from typing import Final

from countersign.ports.clock import Clock
from countersign.ports.metrics import Metrics
from countersign.ports.stores.review.appeals import Appeal, AppealState, AppealStore
from countersign.service.periodic_work import do_every

COUNT_EVERY_SECONDS: Final = 60.0
MAX_COUNTED: Final = 1_000
"""Maximum number of appeals that are read: the open ones, and then the latest."""


class AppealMetrics:
    """Counts appeals.

    Args:
        store: has the appeals.
        clock: tells which are overdue.
        metrics: exports the counts.
    """

    def __init__(self, store: AppealStore, clock: Clock, metrics: Metrics) -> None:
        self._store = store
        self._clock = clock
        self._open = self._overdue = 0
        self._first_action_seconds = 0.0
        metrics.gauge(
            "countersign_appeals_open",
            "Appeals that wait for an answer, at most 1,000.",
            lambda: self._open,
        )
        metrics.gauge(
            "countersign_appeals_overdue",
            "Appeals that wait for an answer that was due before now.",
            lambda: self._overdue,
        )
        metrics.gauge(
            "countersign_appeals_first_action_seconds",
            "Median time from an appeal to a first note or answer, of the latest; 0 without any.",
            lambda: self._first_action_seconds,
        )

    async def run(self) -> None:
        """Count every minute, until cancelled."""
        await do_every(COUNT_EVERY_SECONDS, self.count, self._clock, "appeals are not counted now")

    async def count(self) -> None:
        """Count the appeals in the store.

        Raises:
            StoreUnavailable: it can't be read now.
        """
        appeals = await self._store.listed(limit=MAX_COUNTED)
        now_ts = self._clock.now_ts()
        is_open = [each for each in appeals if each.state is AppealState.OPEN]
        took = [first - each.made_ts for each in appeals if (first := _first_action_ts(each))]
        self._open = len(is_open)
        self._overdue = sum(each.due_ts < now_ts for each in is_open)
        self._first_action_seconds = median(took) / 1_000 if took else 0.0


def _first_action_ts(appeal: Appeal) -> int | None:
    """Return the time of the first note or answer to an appeal; None if there is none."""
    acted = [note.ts for note in appeal.notes]
    if appeal.decided_ts is not None:
        acted.append(appeal.decided_ts)
    return min(acted, default=None)
