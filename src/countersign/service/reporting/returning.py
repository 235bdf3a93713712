"""Return of reported events that moderators kept, once enough others report them."""

from bisect import bisect_right
from typing import Final

from countersign.ports.stores.review.reports import ReportedEvent
from countersign.ports.stores.review.reviews import Review, ReviewAnswer

MIN_NEW: Final = 3
"""Minimum number of new reports, by different people, that return an event to the queue."""


def returned_ts(event: ReportedEvent, review: Review | None) -> int | None:
    """Return when new reports brought an event back to moderators who had kept it.

    There must be as many new reports as there were before, and three at least. As reports of one
    event are limited, it comes back four times at most.

    Args:
        event: the reported event.
        review: what moderators answered; None if nothing yet.

    Returns:
        When it came back, in ms since the epoch; None if it did not.
    """
    if review is None or review.answer is not ReviewAnswer.KEEP:
        return None
    before = bisect_right(event.made_ts, review.ts)
    needed = before + max(MIN_NEW, before)
    return event.made_ts[needed - 1] if len(event.made_ts) >= needed else None
