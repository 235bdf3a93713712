"""Port: reviews of refusals by moderators, and their results."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class ReviewState(StrEnum):
    """State of a refusal that somebody is to look at; the value is stored and never changes."""

    OPEN = "open"
    """Nobody has looked at it."""
    TAKEN = "taken"
    """Somebody looks at it."""
    HANDED_OVER = "handed-over"
    """Somebody looked at it, and wants others to decide."""
    HANDLED = "handled"
    """It was decided what follows."""


class ReviewAnswer(StrEnum):
    """Answer to a refusal that somebody looked at; the value is stored and never changes."""

    ALLOW = "allow"
    """The refusal was a mistake: the same words pass for a while."""
    SPAM = "spam"
    """It was right, and the community learns from it."""
    KEEP = "keep"
    """It stands, and nothing more follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """State of one refusal in the queue; a refusal without one is open.

    Attributes:
        key: the key of the decision.
        reference: the reference of the decision.
        community: of its room.
        state: its state.
        answer: what was decided; None until then.
        actor: the actor who took it, handed it over or decided last.
        note: the reason, in their words, for other moderators.
        refused_ts: the time when it was refused, in ms since the epoch.
        first_ts: the time when somebody first did anything about it, likewise.
        ts: the time when somebody did so last.
    """

    key: bytes
    reference: str
    community: str
    state: ReviewState
    answer: ReviewAnswer | None = None
    actor: str
    note: str = ""
    refused_ts: int
    first_ts: int
    ts: int


class ReviewStore(Protocol):
    """Stores one review state for each refusal; durable once a method returns."""

    async def save(self, reviews: Sequence[Review]) -> None:
        """Store states, all or none; each replaces the state of its refusal.

        `first_ts` of an existing state does not change.
        """
        ...

    async def find(self, keys: Collection[bytes]) -> dict[bytes, Review]:
        """Return the states of those refusals that have one."""
        ...

    async def latest(self, *, communities: Collection[str], limit: int = 100) -> list[Review]:
        """Return the communities' states, the last stored first."""
        ...
