"""Retention: deletion of personal data after their retention time, a few rows at a time.

A wrong clock must not delete everything. Nothing is deleted while the clock may be wrong, or within
a day after it was set. The cut-off, the time before which data are deleted, moves once a day and by
at most 30 days: so a clock that is a year fast deletes little before somebody notices.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Protocol

import structlog

from countersign.basics.durations import DAY_MS
from countersign.ports.clock import Clock
from countersign.ports.errors import StoreUnavailable
from countersign.ports.metrics import Metrics
from countersign.ports.stores.personal_data import CutOff, DataKind, RetentionStore
from countersign.service.clock_readings import ClockReading

LOOK_EVERY_SECONDS: Final = 3_600.0
PAUSE_SECONDS: Final = 0.02
"""Pause between two transactions, for other writers."""
MAX_ROWS: Final = 20
"""Maximum number of rows in one transaction."""
MAX_STEP_MS: Final = 30 * DAY_MS
"""Maximum change of a cut-off in one day."""

log = structlog.get_logger()


class Forgetful(Protocol):
    """Keeps decisions in memory, whose details are dropped when the store deletes them."""

    def forget_details(self, keys: Sequence[bytes]) -> None:
        """Forget these decisions."""
        ...


class Retention:
    """Deletes data whose retention time is over; `run` does so until cancelled.

    Args:
        store: has the data.
        kept_ms: retention time of each kind, in ms; None for ever.
        is_clock_in_doubt: returns True if our clock may be wrong.
        forgetful: parts that keep decisions in memory.
        metrics: counts deleted rows.
    """

    def __init__(
        self,
        store: RetentionStore,
        clock: Clock,
        *,
        kept_ms: Mapping[DataKind, int | None],
        is_clock_in_doubt: Callable[[], bool],
        forgetful: Sequence[Forgetful],
        metrics: Metrics,
    ) -> None:
        self._store = store
        self._clock = clock
        self._kept_ms = dict(kept_ms)
        self._is_clock_in_doubt = is_clock_in_doubt
        self._forgetful = tuple(forgetful)
        self._reading = ClockReading.of(clock)
        self._trusted_from = float("-inf")
        self._deleted = metrics.counter(
            "countersign_retention_deleted_total",
            "Rows whose retention time was over: deleted, or decisions without their details.",
            kind=[kind.value for kind in DataKind],
        )
        metrics.gauge(
            "countersign_retention_waiting",
            "Nothing is deleted because the clock is in doubt, or was set within a day: 1.",
            lambda: float(self.is_waiting()),
        )

    def is_waiting(self) -> bool:
        """Return True if nothing is deleted now because the clock may be wrong."""
        if self._reading.has_jumped(self._clock):
            self._trusted_from = self._clock.monotonic() + DAY_MS / 1_000
        self._reading = ClockReading.of(self._clock)
        return self._clock.monotonic() < self._trusted_from or self._is_clock_in_doubt()

    async def run(self) -> None:
        """Delete expired data every hour, until cancelled."""
        while True:
            await self.delete_expired()
            await self._clock.sleep(LOOK_EVERY_SECONDS)

    async def delete_expired(self) -> None:
        """Delete expired data; if the database does not answer, they wait for the next call."""
        for kind, kept_ms in self._kept_ms.items():
            if kept_ms is None:
                continue
            try:
                await self._delete(kind, kept_ms)
            except StoreUnavailable as error:
                log.warning("old data are not deleted", kind=kind.value, reason=str(error))

    async def _delete(self, kind: DataKind, kept_ms: int) -> None:
        cut_off = await self._moved_cut_off(kind, kept_ms)
        if cut_off is None:
            return
        rows = 0
        while not self.is_waiting():
            removed = await self._store.remove_slice(
                kind, cut_off.ts, now_ts=self._clock.now_ts(), limit=MAX_ROWS
            )
            for forgetful in self._forgetful:
                forgetful.forget_details(removed.keys)
            self._deleted.add(removed.rows, kind.value)
            rows += removed.rows
            if removed.is_done:
                break
            await asyncio.sleep(PAUSE_SECONDS)
        if rows:
            await self._store.empty_log()
            log.info("old data were deleted", kind=kind.value, rows=rows)

    async def _moved_cut_off(self, kind: DataKind, kept_ms: int) -> CutOff | None:
        """Return the cut-off of a kind; None if nothing is to be deleted."""
        now_ts = self._clock.now_ts()
        if self.is_waiting():
            return None
        wanted_ts = now_ts - kept_ms
        stored = await self._store.find_cut_off(kind)
        if stored is not None and 0 <= now_ts - stored.moved_ts < DAY_MS:
            # A deletion that was begun is completed; if the retention time grew, nothing more is
            # deleted.
            return CutOff(min(stored.ts, wanted_ts), stored.moved_ts)
        oldest_ts = await self._store.oldest_ts(kind, now_ts)
        if oldest_ts is None or oldest_ts >= wanted_ts:
            return None
        begin_ts = oldest_ts if stored is None else max(stored.ts, oldest_ts)
        cut_off = CutOff(min(wanted_ts, begin_ts + MAX_STEP_MS), now_ts)
        await self._store.move_cut_off(kind, cut_off)
        return cut_off
