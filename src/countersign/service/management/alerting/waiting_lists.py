"""Lists of what waits for moderators: one message an hour, edited as the list changes."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeAlias

from countersign.basics.durations import HOUR_MS
from countersign.ports.clock import Clock
from countersign.ports.stores.own_user.management import OwnMessage
from countersign.service.management.alerting.alert_state import (
    EDIT_AFTER_MS,
    MAX_EDITS,
    MAX_MESSAGES,
    AlertState,
    SentAlert,
    WaitingList,
)
from countersign.service.management.messenger import Messenger
from countersign.service.management.rooms import Management
from countersign.service.management.wording import Wording
from countersign.service.own_events.sending import key_of

READ_EVERY_MS: Final = 10_000
"""Time between two looks at what waits."""

SendAlert: TypeAlias = Callable[
    [Management, AlertState, bytes, Wording, tuple[()]], Awaitable[OwnMessage | None]
]
"""Sends an alert for what its key says; returns None if that is not possible now."""


class WaitingListMessages:
    """Sends and edits lists of what waits.

    Args:
        messenger: edits.
    """

    def __init__(self, *, messenger: Messenger, clock: Clock) -> None:
        self._messenger = messenger
        self._clock = clock

    def is_due(self, shown: WaitingList) -> bool:
        """Return True if it is time to read again what waits, and record the time."""
        now_ts = self._clock.now_ts()
        if now_ts - shown.read_ts < READ_EVERY_MS:
            return False
        shown.read_ts = now_ts
        return True

    async def update(
        self,
        shown: WaitingList,
        waiting: Sequence[str],
        wording: Wording,
        *,
        kind: str,
        management: Management,
        state: AlertState,
        send_alert: SendAlert,
    ) -> None:
        """Send or edit the message if its content has changed and the limits allow it.

        Args:
            shown: what was sent, and by which message.
            waiting: the references of what waits, the latest last.
            wording: the wording of the message.
            kind: of what waits, for the message's key.
            management: of which community.
            state: the state of its alerts.
            send_alert: sends an alert.
        """
        if frozenset(waiting) == shown.references:
            return
        now_ts, sent = self._clock.now_ts(), shown.message
        is_fresh = sent is not None and now_ts - sent.message.sent_ts < HOUR_MS
        if sent is not None and (is_fresh or not waiting):
            if now_ts - sent.sent_ts < EDIT_AFTER_MS or len(sent.message.also) >= MAX_EDITS:
                return
            sent.message = await self._messenger.edit(management, sent.message, wording)
            sent.sent_ts = now_ts
        elif waiting and len(state.sent) < MAX_MESSAGES - 1:
            key = key_of(kind, management.community, waiting[-1])
            message = await send_alert(management, state, key, wording, ())
            if message is None:
                return
            shown.message = SentAlert(message, len(waiting), now_ts)
        else:
            return
        shown.references = frozenset(waiting)
