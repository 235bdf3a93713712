"""Alert of open appeals: one message an hour, edited as appeals come and are answered."""

from functools import partial
from typing import Final

from countersign.ports.stores.review.appeals import AppealState, AppealStore
from countersign.service.management.alerting.alert_state import AlertState
from countersign.service.management.alerting.alert_words import appealed_in_words
from countersign.service.management.alerting.waiting_lists import (
    SendAlert,
    WaitingItems,
    WaitingListMessages,
)
from countersign.service.management.rooms import Management

MAX_APPEALS: Final = 1_000


class Appealed:
    """Alerts a community of the appeals that wait for an answer.

    Args:
        appeals: the store of appeals.
        telling: sends and edits.
    """

    def __init__(self, appeals: AppealStore, *, telling: WaitingListMessages) -> None:
        self._appeals = appeals
        self._telling = telling

    async def update(
        self, management: Management, state: AlertState, send_alert: SendAlert
    ) -> None:
        """Send or edit the message, if that is due."""
        await self._telling.update(
            state.appealed,
            partial(self._read, management.community),
            kind="appealed",
            management=management,
            state=state,
            send_alert=send_alert,
        )

    async def _read(self, community: str) -> WaitingItems:
        appeals = await self._appeals.listed(
            communities=[community], state=AppealState.OPEN, limit=MAX_APPEALS
        )
        latest_last = sorted(appeals, key=lambda each: (each.made_ts, each.reference))
        return WaitingItems([each.reference for each in latest_last], appealed_in_words(appeals))
