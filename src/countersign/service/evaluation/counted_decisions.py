"""Counts of decisions, made where they become durable."""

from contextlib import suppress
from typing import Final

from countersign.policy.decisions import RecordedDecision, Verdict
from countersign.ports.clock import Clock
from countersign.ports.errors import StoreUnavailable
from countersign.ports.metrics import Metrics
from countersign.ports.stores.decisions import DecisionStore

RECOUNT_SECONDS: Final = 5.0
MAX_RECOUNTING_SHARE: Final = 0.01
"""Maximum share of the time that counting again takes."""


class CountedDecisions:
    """A `DecisionStore` that wraps another one and counts the decisions that are recorded."""

    def __init__(self, store: DecisionStore, metrics: Metrics) -> None:
        self._store = store
        self._stored = 0
        self.find = store.find
        self.find_by_reference = store.find_by_reference
        self.latest = store.latest
        self.count = store.count
        self._decisions = metrics.counter(
            "countersign_decisions_total",
            "Decisions that this process made and stored.",
            verdict=[verdict.value for verdict in Verdict],
        )
        metrics.gauge(
            "countersign_stored_decisions",
            "Decisions in the database.",
            lambda: self._stored,
        )

    async def load(self) -> None:
        """Read the number of decisions that are stored already.

        Raises:
            StoreUnavailable: the store can't be read now.
        """
        self._stored = await self._store.count()

    async def keep_count(self, clock: Clock) -> None:
        """Count again every few seconds, as other processes decide too, until cancelled."""
        while True:
            began = clock.monotonic()
            with suppress(StoreUnavailable):  # the store notes it
                await self.load()
            took_seconds = clock.monotonic() - began
            await clock.sleep(max(RECOUNT_SECONDS, took_seconds / MAX_RECOUNTING_SHARE))

    async def record(self, decision: RecordedDecision) -> RecordedDecision:
        """Store `decision` unless its key has one; return the key's first decision once durable."""
        stands = await self._store.record(decision)
        if stands is decision:
            self._stored += 1
            self._decisions.inc(decision.decision.verdict._value_)
        return stands
