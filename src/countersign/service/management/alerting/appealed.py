"""Alert of open appeals: one message an hour, edited as appeals come and are answered."""

from typing import Final

import structlog

from countersign.ports.errors import StoreUnavailable
from countersign.ports.stores.review.appeals import AppealState, AppealStore
from countersign.service.management.alerting.alert_state import AlertState
from countersign.service.management.alerting.alert_words import appealed_in_words
from countersign.service.management.alerting.waiting_lists import SendAlert, WaitingListMessages
from countersign.service.management.rooms import Management

MAX_APPEALS: Final = 1_000

log = structlog.get_logger()


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
        if not self._telling.is_due(state.appealed):
            return
        try:
            appeals = await self._appeals.listed(
                communities=[management.community], state=AppealState.OPEN, limit=MAX_APPEALS
            )
        except StoreUnavailable as error:
            log.info("which appeals are open is told later", reason=str(error))
            return
        latest_last = sorted(appeals, key=lambda each: (each.made_ts, each.reference))
        await self._telling.update(
            state.appealed,
            [each.reference for each in latest_last],
            appealed_in_words(appeals),
            kind="appealed",
            management=management,
            state=state,
            send_alert=send_alert,
        )
