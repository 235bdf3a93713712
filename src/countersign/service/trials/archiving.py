"""Archiving of judged events for backtests, in the background."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Final, NamedTuple

import structlog

from countersign.basics.durations import DAY_MS
from countersign.policy.decisions import RecordedDecision, Verdict
from countersign.policy.events import Event
from countersign.ports.clock import Clock
from countersign.ports.errors import StoreUnavailable
from countersign.ports.event_loop.busy_threads import in_thread
from countersign.ports.stores.archive import (
    ArchivedEvent,
    ArchivedJudgement,
    ArchiveStore,
    deciding_labels,
)
from countersign.service.answers.event_context import EventContext
from countersign.service.background import wait_to_the_end
from countersign.service.evaluation.judging import JudgedEvent
from countersign.service.trials.answer_records import record_answers

MAX_WAITING: Final = 20_000
MAX_WAITING_BYTES: Final = 16 * 1024 * 1024
"""Maximum size of queued events as canonical JSON; in memory they take several times as much."""
MAX_BATCH: Final = 2_000
MAX_BATCH_BYTES: Final = 2 * 1024 * 1024
WRITE_EVERY_SECONDS: Final = 1.0
FORGET_EVERY_SECONDS: Final = 3_600.0
FORGET_AGAIN_SECONDS: Final = 60.0

log = structlog.get_logger()


class _Waiting(NamedTuple):
    """A judged event that waits to be written."""

    community: str
    event: Event
    language: str | None
    recorded: RecordedDecision
    judged: JudgedEvent

    def archived(self) -> ArchivedEvent:
        """Return the archived form; takes some tenths of a millisecond, so not on the sign path."""
        decision, answers = self.judged.decision, self.judged.answers
        warned = self.judged.warned
        return ArchivedEvent(
            community=self.community,
            event=self.event,
            decided_ts=self.recorded.decided_ts,
            is_refused=decision.verdict is Verdict.REFUSE,
            labels=deciding_labels(decision.findings),
            judgement=ArchivedJudgement(
                key=self.recorded.key,
                decision=decision,
                # Texts extracted from an event are cached in it: a copy is used, so that they are
                # freed.
                answers=record_answers(answers, replace(self.event)),
                warned=None if warned is None else (warned.units, warned.latest_ms_ago),
                dropped=tuple(sorted(self.judged.dropped)),
                language=self.language,
            ),
        )


class Archiving:
    """A `JudgementObserver` that queues judged events; `run` writes them.

    Events that do not fit into the queue are lost, which `trouble` reports.

    Args:
        archive: keeps the events.
        retention_days: retention time of the archive.
    """

    def __init__(self, archive: ArchiveStore, clock: Clock, *, retention_days: int) -> None:
        self._archive = archive
        self._clock = clock
        self._retention_ms = retention_days * DAY_MS
        self._waiting: deque[_Waiting] = deque()
        self._waiting_bytes = 0
        self._lost = 0
        self._forget_at = float("-inf")
        self._trouble: str | None = None

    @property
    def trouble(self) -> str | None:
        """The reason why the last events were not archived; None if they were."""
        return self._trouble

    def judged(
        self, context: EventContext, recorded: RecordedDecision, judged: JudgedEvent
    ) -> None:
        """See `JudgementObserver.judged`: queues the event."""
        size_bytes = context.event.size_bytes
        if (
            len(self._waiting) >= MAX_WAITING
            or self._waiting_bytes + size_bytes > MAX_WAITING_BYTES
        ):
            self._lost += 1
            return
        self._waiting_bytes += size_bytes
        # Texts that filters extracted are cached in the event: queue a copy without them.
        event = replace(context.event)
        self._waiting.append(_Waiting(context.community, event, context.language, recorded, judged))

    def forget_person(self, user_id: str) -> None:
        """Remove a user's events from the queue."""
        self._keep_if(lambda event: event.sender != user_id)

    async def forget_room(self, room_id: str) -> None:
        """Remove a room's events from the queue."""
        self._keep_if(lambda event: event.room_id != room_id)

    def _keep_if(self, is_kept: Callable[[Event], bool]) -> None:
        self._waiting = deque(each for each in self._waiting if is_kept(each.event))
        self._waiting_bytes = sum(each.event.size_bytes for each in self._waiting)

    async def run(self) -> None:
        """Write queued events every second, and delete expired ones every hour."""
        try:
            while True:
                await self._clock.sleep(WRITE_EVERY_SECONDS)
                # A batch that has left the queue would be lost.
                await wait_to_the_end(asyncio.ensure_future(self.write()))
                await self._forget()
        except asyncio.CancelledError:
            await self.write()
            raise

    async def write(self) -> None:
        """Write queued events; events that cannot be written are lost."""
        while self._waiting:
            batch = self._take_batch()
            try:
                await self._archive.add(await in_thread(_archived, batch))
            except StoreUnavailable as error:
                self._lost += len(batch)
                self._trouble = f"{self._lost:,} judged events were not archived: {error}"
                log.warning("judged events are not archived", reason=str(error), lost=self._lost)
                return
            except Exception:  # the rest is written after the restart
                self._lost += len(batch)
                raise
            self._trouble = None

    def _take_batch(self) -> list[_Waiting]:
        batch: list[_Waiting] = []
        size_bytes = 0
        while self._waiting and len(batch) < MAX_BATCH and size_bytes < MAX_BATCH_BYTES:
            batch.append(self._waiting.popleft())
            size_bytes += batch[-1].event.size_bytes
        self._waiting_bytes -= size_bytes
        return batch

    async def _forget(self) -> None:
        now = self._clock.monotonic()
        if now < self._forget_at:
            return
        try:
            await self._archive.forget_before(self._clock.now_ts() - self._retention_ms)
            self._forget_at = now + FORGET_EVERY_SECONDS
        except StoreUnavailable as error:
            self._forget_at = now + FORGET_AGAIN_SECONDS
            log.warning("old events are not taken out of the archive", reason=str(error))


def _archived(batch: list[_Waiting]) -> list[ArchivedEvent]:
    return [each.archived() for each in batch]
