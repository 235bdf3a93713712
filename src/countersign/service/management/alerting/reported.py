"""Alert of events that members reported: how many wait, and neither by whom nor of whom."""

from collections.abc import Callable
from functools import partial
from typing import Final

from countersign.basics.durations import DAY_MS
from countersign.ports.clock import Clock
from countersign.ports.stores.review.reports import ReportedEvent, ReportStore
from countersign.ports.stores.review.reviews import ReviewState, ReviewStore
from countersign.service.management.alerting.alert_state import AlertState
from countersign.service.management.alerting.alert_words import reported_in_words
from countersign.service.management.alerting.waiting_lists import (
    SendAlert,
    WaitingItems,
    WaitingListMessages,
)
from countersign.service.management.rooms import Management

SINCE_MS: Final = 7 * DAY_MS
"""As far back as the review queue goes."""
MAX_EVENTS: Final = 1_000


class Reported:
    """Alerts a community of events that its members reported.

    Args:
        store: knows what they reported.
        reviews: tell what was looked at.
        telling: sends and edits.
    """

    def __init__(
        self,
        store: ReportStore,
        reviews: ReviewStore,
        *,
        telling: WaitingListMessages,
        clock: Clock,
    ) -> None:
        self._store = store
        self._reviews = reviews
        self._telling = telling
        self._clock = clock

    async def update(
        self,
        management: Management,
        state: AlertState,
        send_alert: SendAlert,
        *,
        is_here: Callable[[str], bool],
    ) -> None:
        """Send or edit the message, if that is due.

        Args:
            management: of which community.
            state: the state of its alerts.
            send_alert: sends an alert.
            is_here: tells whether a user reads the message; their own events are not named in it.
        """
        await self._telling.update(
            state.reported,
            partial(self._read, management.community, is_here),
            kind="reported",
            management=management,
            state=state,
            send_alert=send_alert,
        )

    async def _read(self, community: str, is_here: Callable[[str], bool]) -> WaitingItems:
        waiting = await self._waiting(community)
        named = [each for each in waiting if not is_here(each.sender)]
        return WaitingItems(
            [each.reference for each in waiting],
            reported_in_words(named, len(waiting) - len(named)),
        )

    async def _waiting(self, community: str) -> list[ReportedEvent]:
        """Return the reported events that are not handled, the one reported last at the end."""
        since_ts = self._clock.now_ts() - SINCE_MS
        events = await self._store.events(
            communities=[community], since_ts=since_ts, limit=MAX_EVENTS
        )
        reviews = await self._reviews.find([each.key for each in events])
        handled = {key for key, each in reviews.items() if each.state is ReviewState.HANDLED}
        return [each for each in reversed(events) if each.key not in handled]
