"""Archiving: judged events are kept for backtests, a little later and never in anyone's way."""

import asyncio
from collections import deque
from dataclasses import replace
from typing import Final

import structlog

from countersign.basics.durations import DAY_MS
from countersign.policy.decisions import RecordedDecision, Verdict
from countersign.ports.clock import Clock
from countersign.ports.errors import StoreUnavailable
from countersign.ports.stores.archive import ArchivedEvent, ArchiveStore, deciding_labels
from countersign.service.answers.asked import Asked

MAX_WAITING: Final = 20_000
MAX_WAITING_BYTES: Final = 16 * 1024 * 1024
"""Of events as canonical JSON; in memory they take some times as much."""
MAX_BATCH: Final = 2_000
MAX_BATCH_BYTES: Final = 2 * 1024 * 1024
WRITE_EVERY_SECONDS: Final = 1.0
FORGET_EVERY_SECONDS: Final = 3_600.0
FORGET_AGAIN_SECONDS: Final = 60.0

log = structlog.get_logger()


class Archiving:
    """An observer that queues what it sees; `run` writes it. What does not fit is lost, and told.

    Args:
        archive: keeps it.
        clock: says what is too old.
        retention_days: for how long it is kept.
    """

    def __init__(self, archive: ArchiveStore, clock: Clock, *, retention_days: int) -> None:
        self._archive = archive
        self._clock = clock
        self._retention_ms = retention_days * DAY_MS
        self._waiting: deque[ArchivedEvent] = deque()
        self._waiting_bytes = 0
        self._lost = 0
        self._forget_at = float("-inf")
        self._trouble: str | None = None

    @property
    def trouble(self) -> str | None:
        """Why the last events were not archived, in a sentence; None if they were."""
        return self._trouble

    def settled(self, asked: Asked, recorded: RecordedDecision) -> None:
        """See `Observer.settled`: one append."""
        size_bytes = asked.event.size_bytes
        if (
            len(self._waiting) >= MAX_WAITING
            or self._waiting_bytes + size_bytes > MAX_WAITING_BYTES
        ):
            self._lost += 1
            return
        decision = recorded.decision
        self._waiting_bytes += size_bytes
        self._waiting.append(
            ArchivedEvent(
                community=asked.community,
                # The texts that filters took out of an event are kept with it: not with this one.
                event=replace(asked.event),
                decided_ts=recorded.decided_ts,
                is_refused=decision.verdict is Verdict.REFUSE,
                labels=deciding_labels(decision.findings),
            )
        )

    def forget_person(self, user_id: str) -> None:
        """Forget what waits of a user's events."""
        self._waiting = deque(each for each in self._waiting if each.event.sender != user_id)
        self._waiting_bytes = sum(each.event.size_bytes for each in self._waiting)

    async def run(self) -> None:
        """Write what waits every second, and forget what is too old every hour."""
        try:
            while True:
                await asyncio.sleep(WRITE_EVERY_SECONDS)
                await self.write()
                await self._forget()
        except asyncio.CancelledError:
            await self.write()
            raise

    async def write(self) -> None:
        """Write what waits; what cannot be written is lost."""
        while self._waiting:
            batch = self._take_batch()
            try:
                await self._archive.add(batch)
            except StoreUnavailable as error:
                self._lost += len(batch)
                self._trouble = f"{self._lost:,} judged events were not archived: {error}"
                log.warning("judged events are not archived", reason=str(error), lost=self._lost)
                return
            except Exception:  # one odd event; the rest is written after the restart
                self._lost += len(batch)
                raise
            self._trouble = None

    def _take_batch(self) -> list[ArchivedEvent]:
        batch: list[ArchivedEvent] = []
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
