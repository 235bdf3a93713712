"""Messages sent in parts: if the whole is refused, its signed parts are handed over as leaks."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

import structlog

from countersign.policy.decisions import RecordedDecision, Verdict
from countersign.ports.clock import Clock
from countersign.ports.errors import StoreUnavailable
from countersign.ports.stores.leaks import Channel, Leak, LeakStore
from countersign.protocol.identifiers import server_name_of
from countersign.service.answers.event_context import EventContext
from countersign.service.leaks.outbox import MAX_WAITING

MAX_QUEUED: Final = 1_000
"""Maximum number of parts that wait to be recorded; further ones are dropped."""
RETRY_SECONDS: Final = 5.0
MAX_TRIES: Final = 12

log = structlog.get_logger()


class SplitMessages:
    """Observes decisions; `run` records the parts of refused messages as leaks.

    Only messages without which the evidence would have been weaker count as parts. If the message
    is refused for other reasons, its parts stay.

    Args:
        store: keeps leaks.
    """

    def __init__(self, store: LeakStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._queue: deque[Leak] = deque()
        self._something = asyncio.Event()

    def settled(self, context: EventContext, recorded: RecordedDecision) -> None:
        """See `Observer.settled`."""
        decision = recorded.decision
        if decision.verdict is not Verdict.REFUSE or decision.is_warning or not context.fragments:
            return
        positions = {place for each in decision.held_against_sender for place in each.rests_on}
        for place in sorted(positions):
            for part in context.fragments[place].parts:
                if len(self._queue) >= MAX_QUEUED:
                    return
                self._queue.append(
                    Leak(
                        key=part.key,
                        reference=recorded.reference,
                        room_id=recorded.room_id,
                        event_id=part.event_id,
                        event_type=part.event_type,
                        sender=recorded.sender,
                        brought_by=server_name_of(recorded.sender),
                        channel=Channel.SIGN,
                        noticed_ts=self._clock.now_ts(),
                    )
                )
                self._something.set()

    async def run(self, recipients: Sequence[str], on_recorded: Callable[[], None]) -> None:
        """Record waiting parts, until cancelled.

        Args:
            recipients: the names of the recipients of leaks.
            on_recorded: called for each new leak.
        """
        while True:
            while not self._queue:
                self._something.clear()
                await self._something.wait()
            leak = self._queue[0]
            if await self._record(leak, recipients):
                on_recorded()
            if self._queue and self._queue[0] is leak:  # its sender may have been forgotten
                self._queue.popleft()

    def forget_person(self, user_id: str) -> None:
        """Forget a user's parts that were not recorded yet."""
        self._queue = deque(each for each in self._queue if each.sender != user_id)

    async def _record(self, leak: Leak, recipients: Sequence[str]) -> bool:
        for _ in range(MAX_TRIES):
            try:
                return await self._store.record(leak, recipients, max_waiting=MAX_WAITING)
            except StoreUnavailable as error:
                log.warning("a part of a refused message is not recorded yet", reason=str(error))
                await self._clock.sleep(RETRY_SECONDS)
        return False
