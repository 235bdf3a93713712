"""The alert of commands that wait for a second person: one message an hour, edited on changes."""

from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

import structlog

from countersign.basics.durations import HOUR_MS
from countersign.ports.clock import Clock
from countersign.ports.errors import StoreUnavailable
from countersign.ports.stores.confirmations import ConfirmationStore
from countersign.ports.stores.own_user.management import OwnMessage
from countersign.service.management.alerting.alert_words import waiting_in_words
from countersign.service.management.alerting.shifts import (
    EDIT_AFTER_MS,
    MAX_EDITS,
    MAX_MESSAGES,
    Shift,
    Told,
)
from countersign.service.management.rooms import Management
from countersign.service.management.speaking import Speaker
from countersign.service.management.wording import Wording
from countersign.service.own_events.sending import key_of

READ_EVERY_MS: Final = 10_000
"""Interval between reads of the waiting commands."""

log = structlog.get_logger()

Say: TypeAlias = Callable[
    [Management, Shift, bytes, Wording, tuple[()]], Awaitable[OwnMessage | None]
]
"""Sends an alert with a key; returns None if that is not possible now."""


class WaitingCommands:
    """Reports the commands that wait for a second person.

    Args:
        confirmations: knows the commands.
        speaker: edits the message.
        clock: tells the time.
    """

    def __init__(self, confirmations: ConfirmationStore, *, speaker: Speaker, clock: Clock) -> None:
        self._confirmations = confirmations
        self._speaker = speaker
        self._clock = clock

    async def tell(self, management: Management, shift: Shift, say: Say) -> None:
        """Send or edit the message, if that is due; a hijacked account may give many commands."""
        now_ts = self._clock.now_ts()
        if now_ts - shift.waiting_read_ts < READ_EVERY_MS:
            return
        shift.waiting_read_ts = now_ts
        try:
            every = await self._confirmations.waiting(now_ts)
        except StoreUnavailable as error:
            log.info("which commands wait is told later", reason=str(error))
            return
        waiting = [each for each in every if each.community == management.community]
        references = frozenset(each.reference for each in waiting)
        if references == shift.waiting:
            return
        wording, told = waiting_in_words(waiting), shift.waiting_message
        is_fresh = told is not None and now_ts - told.message.sent_ts < HOUR_MS
        if told is not None and (is_fresh or not waiting):
            if now_ts - told.told_ts < EDIT_AFTER_MS or len(told.message.also) >= MAX_EDITS:
                return
            told.message = await self._speaker.edit(management, told.message, wording)
            told.told_ts = now_ts
        elif waiting and len(shift.sent) < MAX_MESSAGES - 1:
            key = key_of("waiting", management.community, waiting[-1].reference)
            message = await say(management, shift, key, wording, ())
            if message is None:
                return
            shift.waiting_message = Told(message, len(waiting), now_ts)
        else:
            return
        shift.waiting = references
