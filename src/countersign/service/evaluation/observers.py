"""Ports of the decision: those that stand, and who learns of them."""

from typing import Protocol

from countersign.policy.decisions import RecordedDecision
from countersign.service.answers.asked import Asked
from countersign.service.evaluation.judging import Judged
from countersign.service.misses import Miss


class Decisions(Protocol):
    """The decisions that stand, those last used in memory; `RecentDecisions` documents each."""

    def peek(self, key: bytes) -> RecordedDecision | Miss:
        """Return the decision on `key` if it is in memory, or else MISS."""
        ...

    async def find(self, key: bytes) -> RecordedDecision | None:
        """Return the decision on `key`; None if there is none."""
        ...

    async def record(self, decision: RecordedDecision) -> RecordedDecision:
        """Store `decision` unless its key has one; return, once durable, the one that stands."""
        ...


class Observer(Protocol):
    """Learns of decisions that stand. Quick, and never in the way of an answer."""

    def settled(self, asked: Asked, recorded: RecordedDecision) -> None:
        """Take note of a decision that was made here and is durable now."""
        ...


class JudgementObserver(Protocol):
    """Learns of decisions that stand, with all that they follow from. Quick, as an `Observer`."""

    def judged(self, asked: Asked, recorded: RecordedDecision, judged: Judged) -> None:
        """Take note of a decision that was made here and is durable now."""
        ...
