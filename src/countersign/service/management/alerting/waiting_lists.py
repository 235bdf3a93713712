"""Lists of what waits for moderators: one message an hour, edited as the list changes."""

from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple, TypeAlias

import structlog

from countersign.basics.durations import HOUR_MS
from countersign.ports.clock import Clock
from countersign.ports.errors import StoreUnavailable
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

log = structlog.get_logger()


class WaitingItems(NamedTuple):
    """Items that wait for moderators, with the wording of the message that lists them.

    Attributes:
        references: their references, the latest last.
        wording: the wording.
    """

    references: list[str]
    wording: Wording


class WaitingListMessages:
    """Sends and edits lists of what waits.

    Args:
        messenger: edits.
    """

    def __init__(self, *, messenger: Messenger, clock: Clock) -> None:
        self._messenger = messenger
        self._clock = clock

    async def update(
        self,
        shown: WaitingList,
        read: Callable[[], Awaitable[WaitingItems]],
        *,
        kind: str,
        management: Management,
        state: AlertState,
        send_alert: SendAlert,
    ) -> None:
        """Send or edit the message if its content has changed and the limits allow it.

        Args:
            shown: what was sent, and by which message.
            read: reads what waits; called every ten seconds at most.
            kind: of what waits, for the message's key.
            management: of which community.
            state: the state of its alerts.
            send_alert: sends an alert.
        """
        now_ts, sent = self._clock.now_ts(), shown.message
        if now_ts - shown.read_ts < READ_EVERY_MS:
            return
        shown.read_ts = now_ts
        try:
            references, wording = await read()
        except StoreUnavailable as error:
            log.info("what waits for moderators is told later", kind=kind, reason=str(error))
            return
        if frozenset(references) == shown.references:
            return
        is_fresh = sent is not None and now_ts - sent.message.sent_ts < HOUR_MS
        if sent is not None and (is_fresh or not references):
            if now_ts - sent.sent_ts < EDIT_AFTER_MS or len(sent.message.also) >= MAX_EDITS:
                return
            sent.message = await self._messenger.edit(management, sent.message, wording)
            sent.sent_ts = now_ts
        elif references and len(state.sent) < MAX_MESSAGES - 1:
            key = key_of(kind, management.community, references[-1])
            message = await send_alert(management, state, key, wording, ())
            if message is None:
                return
            shown.message = SentAlert(message, len(references), now_ts)
        else:
            return
        shown.references = frozenset(references)
