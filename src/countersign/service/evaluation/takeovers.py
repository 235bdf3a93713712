"""Takeover of the database by a standby, which may lack the decisions that were recorded last."""

import asyncio
from typing import Final

import structlog

from countersign.policy.decisions import RecordedDecision
from countersign.ports.clock import Clock
from countersign.ports.errors import StoreUnavailable
from countersign.ports.stores.decisions import DecisionStore
from countersign.service.evaluation.recent_decisions import RecentDecisions
from countersign.service.processes.change_feed import ChangeFeed

HELD_BACK_SECONDS: Final = 5.0
"""Time without new decisions, in which every process notices the takeover and does the same."""
RECORDED_AGAIN_MS: Final = 3_600_000
"""Age of the oldest decisions that may be lost."""
_AGAIN_SECONDS: Final = 0.2
_AT_ONCE: Final = 500

log = structlog.get_logger()


class Takeovers:
    """Records again what this process decided or read within the last hour.

    The first decision on an event stands, although the database lost it. Until each process had the
    time to record its own again, none decides anything new: it might be one of the lost events.

    Args:
        recent: the decisions in memory.
        store: where they are recorded again.
        changes: has its listeners read everything again, since changes may be lost as well.
    """

    def __init__(
        self, recent: RecentDecisions, store: DecisionStore, changes: ChangeFeed, clock: Clock
    ) -> None:
        self._recent = recent
        self._store = store
        self._changes = changes
        self._clock = clock
        self._maybe_lost: dict[bytes, RecordedDecision] = {}
        self._has_begun = asyncio.Event()

    def begin(self) -> None:
        """Note that another server has taken over."""
        self._recent.hold_back(HELD_BACK_SECONDS)
        since_ts = self._clock.now_ts() - RECORDED_AGAIN_MS
        self._maybe_lost |= {each.key: each for each in self._recent.decided_since(since_ts)}
        self._changes.forget_numbers()
        self._has_begun.set()

    async def run(self) -> None:
        """Record decisions again after each takeover, until cancelled."""
        while True:
            await self._has_begun.wait()
            self._has_begun.clear()
            await self._record_again()

    async def _record_again(self) -> None:
        """Record all that may be lost, and try again until the database takes it."""
        log.warning(
            "another PostgreSQL server took over; recording again what it may lack",
            decisions=len(self._maybe_lost),
        )
        different = 0
        while self._maybe_lost:
            some = [*self._maybe_lost.values()][:_AT_ONCE]
            try:
                standing = await asyncio.gather(*map(self._store.record, some))
            except StoreUnavailable:
                self._recent.hold_back(HELD_BACK_SECONDS)
                await asyncio.sleep(_AGAIN_SECONDS)
                continue
            for ours, stands in zip(some, standing, strict=True):
                self._maybe_lost.pop(ours.key, None)
                different += _is_other_verdict(ours, stands)
        if different:
            log.error("events were decided anew and differently after a takeover", events=different)


def _is_other_verdict(ours: RecordedDecision, stands: RecordedDecision) -> bool:
    return ours.decision.verdict is not stands.decision.verdict
