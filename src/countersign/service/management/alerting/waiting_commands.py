"""The alert of commands that wait for a second person: one message an hour, edited on changes."""

from functools import partial

from countersign.ports.clock import Clock
from countersign.ports.stores.confirmations import ConfirmationStore
from countersign.service.management.alerting.alert_state import AlertState
from countersign.service.management.alerting.alert_words import waiting_in_words
from countersign.service.management.alerting.waiting_lists import (
    SendAlert,
    WaitingItems,
    WaitingListMessages,
)
from countersign.service.management.rooms import Management


class WaitingCommands:
    """Reports the commands that wait for a second person.

    Args:
        confirmations: knows them.
        telling: sends and edits.
    """

    def __init__(
        self, confirmations: ConfirmationStore, *, telling: WaitingListMessages, clock: Clock
    ) -> None:
        self._confirmations = confirmations
        self._telling = telling
        self._clock = clock

    async def update(
        self, management: Management, state: AlertState, send_alert: SendAlert
    ) -> None:
        """Send or edit the message, if that is due; a hijacked lead gives many commands."""
        await self._telling.update(
            state.waiting,
            partial(self._read, management.community),
            kind="waiting",
            management=management,
            state=state,
            send_alert=send_alert,
        )

    async def _read(self, community: str) -> WaitingItems:
        every = await self._confirmations.waiting(self._clock.now_ts())
        waiting = [each for each in every if each.community == community]
        return WaitingItems([each.reference for each in waiting], waiting_in_words(waiting))
