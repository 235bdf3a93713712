"""Interfaces of the evaluation: the stored decisions, and observers of new ones."""

from typing import Protocol

from countersign.policy.decisions import RecordedDecision
from countersign.service.answers.event_context import EventContext
from countersign.service.evaluation.judging import JudgedEvent
from countersign.service.misses import Miss


class Decisions(Protocol):
    """The stored decisions; `RecentDecisions` implements it and documents each method."""

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
    """Is told of decisions that stand. Methods are fast and raise nothing."""

    def settled(self, asked: EventContext, recorded: RecordedDecision) -> None:
        """Take note of a decision that was made here and is durable now."""
        ...


class JudgementObserver(Protocol):
    """Is told of decisions that stand, with all that they follow from; fast like an `Observer`."""

    def judged(self, asked: EventContext, recorded: RecordedDecision, judged: JudgedEvent) -> None:
        """Take note of a decision that was made here and is durable now."""
        ...
