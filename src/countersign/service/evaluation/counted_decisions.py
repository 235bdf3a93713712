"""Counts of decisions, made where they become durable."""

import asyncio
from contextlib import suppress
from typing import Final

from countersign.policy.decisions import RecordedDecision, Verdict
from countersign.ports.errors import StoreUnavailable
from countersign.ports.metrics import Metrics
from countersign.ports.stores.decisions import DecisionStore

AGAIN_SECONDS: Final = 5.0
MAX_SHARE: Final = 0.01
"""Maximum share of the time that counting takes."""


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
        """Read the number of stored decisions.

        Raises:
            StoreUnavailable: the store can't be read now.
        """
        self._stored = await self._store.count()

    async def follow(self) -> None:
        """Read the number every few seconds until cancelled, as other processes decide, too."""
        loop = asyncio.get_running_loop()
        took = 0.0
        while True:
            await asyncio.sleep(max(AGAIN_SECONDS, took / MAX_SHARE))
            began = loop.time()
            with suppress(StoreUnavailable):  # the store notes it
                await self.load()
            took = loop.time() - began

    async def record(self, decision: RecordedDecision) -> RecordedDecision:
        """Store `decision` unless its key has one; return the key's first decision once durable."""
        standing = await self._store.record(decision)
        if standing is decision:
            self._stored += 1
            self._decisions.inc(decision.decision.verdict._value_)
        return standing
