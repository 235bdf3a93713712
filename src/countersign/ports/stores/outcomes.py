"""Port: store of outcomes, that is people's actions on decisions."""

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Protocol

from countersign.policy.decisions import RecordedDecision


class OutcomeKind(StrEnum):
    """Kind of an outcome: what somebody did about a decision."""

    ALLOWED = "allowed"
    """A moderator let the same words pass: the refusal was a false positive."""
    WITHDRAWN = "withdrawn"
    """That was taken back: it was no false positive after all."""
    SPAM = "spam"
    """A moderator said that it is spam, whatever was decided."""
    NOT_SPAM = "not spam"
    """Mark as spam that was taken back."""


TAKES_BACK: Final = MappingProxyType(
    {OutcomeKind.WITHDRAWN: OutcomeKind.ALLOWED, OutcomeKind.NOT_SPAM: OutcomeKind.SPAM}
)
"""The kind that an outcome of each of these kinds takes back."""


class SearchedOutcome(StrEnum):
    """Outcome by which decisions can be searched."""

    ALLOWED = "allowed"
    SPAM = "spam"
    APPEALED = "appealed"
    """Somebody appealed against it, whatever the answer is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Action that somebody took on a decision.

    Attributes:
        key: the key of the decision; None where only its reference was kept, as before version 12.
        reference: the reference of the decision.
        kind: what was done.
        actor: the actor who did it; empty if that is not known.
        happened_ts: the time, in ms since the epoch.
        note: the reason, in the actor's words.
        steps: the labels of the policy's steps that it says something about.
    """

    key: bytes | None
    reference: str
    kind: OutcomeKind
    actor: str
    happened_ts: int
    note: str = ""
    steps: tuple[str, ...] = ()


class OutcomeStore(Protocol):
    """Stores outcomes in order; they never change."""

    async def add(self, outcome: Outcome) -> None:
        """Store an outcome."""
        ...

    async def of_decision(self, decision: RecordedDecision) -> list[Outcome]:
        """Return at most 100 outcomes of a decision, oldest first."""
        ...

    async def list_since(self, since_ts: int, *, limit: int = 100_000) -> list[Outcome]:
        """Return the outcomes from a moment on, in ms since the epoch, oldest first."""
        ...

    async def list_standing(self, kind: OutcomeKind, *, limit: int = 10_000) -> list[Outcome]:
        """Return outcomes of a kind that were not taken back, one per decision, newest first.

        Args:
            kind: one that takes nothing back.
            limit: how many of the latest outcomes are looked through, taken back or not.
        """
        ...
