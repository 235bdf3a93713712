"""Retention of our messages in management rooms: after a month they are redacted."""

from typing import Final

from countersign.basics.durations import DAY_MS
from countersign.ports.clock import Clock
from countersign.ports.stores.own_user.management import ManagementStore
from countersign.ports.stores.own_user.own_events import OwnEventStore
from countersign.service.management.command_handler import TOLD_AGE_MS
from countersign.service.management.messenger import Messenger
from countersign.service.own_events.delivery import GIVE_UP_AFTER_MS
from countersign.service.periodic_work import do_every

KEPT_MS: Final = 30 * DAY_MS
LOOK_EVERY_SECONDS: Final = 3_600.0
MAX_AT_ONCE: Final = 50
"""Maximum number of messages that are redacted in one round."""
REASON: Final = "Kept for 30 days"


class ManagementCleanup:
    """Redacts messages of our user that are a month old, and deletes records of processed events.

    Args:
        messenger: redacts messages.
        store: keeps our messages, and the IDs of processed events.
        own_events: keeps our events until they are delivered.
    """

    def __init__(
        self,
        messenger: Messenger,
        *,
        store: ManagementStore,
        own_events: OwnEventStore,
        clock: Clock,
    ) -> None:
        self._messenger = messenger
        self._store = store
        self._own_events = own_events
        self._clock = clock

    async def run(self) -> None:
        """Run a round every hour, until cancelled."""
        await do_every(
            LOOK_EVERY_SECONDS,
            self.clean_up,
            self._clock,
            "old messages are redacted later",
        )

    async def clean_up(self) -> None:
        """Redact old messages, and delete records that are no longer needed.

        Raises:
            AnswerUntrustworthy: no server of a room returns a place for a redaction.
            StoreUnavailable: the store cannot be read or written now.
        """
        now_ts = self._clock.now_ts()
        await self._store.forget_handled(now_ts - 3 * TOLD_AGE_MS)
        await self._own_events.forget_messages(now_ts - GIVE_UP_AFTER_MS)
        for message in await self._store.older_than(now_ts - KEPT_MS, MAX_AT_ONCE):
            await self._messenger.take_back(message, REASON)
