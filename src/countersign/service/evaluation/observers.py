"""Interfaces of the evaluation: the stored decisions, and observers of new ones."""

from typing import Protocol

from countersign.policy.decisions import RecordedDecision
from countersign.protocol.events.pdu import Pdu
from countersign.protocol.rooms.policy_servers import RoomPolicy
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
        """Store `decision` unless its key has one; return the key's first decision once durable."""
        ...


class Observer(Protocol):
    """Called with final decisions. Methods are fast and do not raise."""

    def settled(self, context: EventContext, recorded: RecordedDecision) -> None:
        """Take note of a decision that was made here and is durable now."""
        ...


class SignAhead(Protocol):
    """Signs events ahead of need; see `PolicySignatures.sign_ahead`."""

    def __call__(self, pdu: Pdu, room_policy: RoomPolicy | None) -> None:
        """Take note of an event that will be signed once its decision is durable."""
        ...


def no_signature_ahead(pdu: Pdu, room_policy: RoomPolicy | None) -> None:
    """Sign nothing ahead of need."""


class JudgementObserver(Protocol):
    """Called with final decisions and all that they follow from; fast like an `Observer`."""

    def judged(
        self, context: EventContext, recorded: RecordedDecision, judged: JudgedEvent
    ) -> None:
        """Take note of a decision that was made here and is durable now."""
        ...
