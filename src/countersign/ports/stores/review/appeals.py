"""Port: store of appeals against refusals."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Final, Protocol

MAX_NOTES: Final = 50
"""Notes on one appeal."""


class AppealState(StrEnum):
    """State of an appeal; the value is stored and never changes."""

    OPEN = "open"
    UPHELD = "upheld"
    """The refusal stands."""
    GRANTED = "granted"
    """The refusal was a mistake; the same passes for a while."""
    CLOSED = "closed"
    """Nobody decided, and nobody will."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealNote:
    """Note of a moderator on an appeal; never shown to the person who appealed."""

    ts: int
    actor: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Appeal:
    """Appeal against a refusal, with its answer.

    Attributes:
        key: the key of the decision.
        reference: the reference of the decision.
        community: the one that the event's room belongs to.
        room_id: the event's room.
        sender: of what was refused; whoever appeals need not be the same.
        text: the reason why the refusal was wrong, in their words; may be empty.
        language: the language of the page that it was sent from, a language tag.
        made_ts: the time, in ms since the epoch.
        due_ts: the time until which an answer is due, likewise.
        state: its state.
        decided_ts: the time when it was answered; None while it is open.
        decided_by: the actor who answered; empty while it is open.
        allowed_until_ts: the time until which the same passes; None unless it was granted.
        notes: the notes of moderators, the oldest first.
    """

    key: bytes
    reference: str
    community: str
    room_id: str
    sender: str
    text: str
    language: str
    made_ts: int
    due_ts: int
    state: AppealState = AppealState.OPEN
    decided_ts: int | None = None
    decided_by: str = ""
    allowed_until_ts: int | None = None
    notes: tuple[AppealNote, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealLimits:
    """Limits on the appeals that are stored.

    Attributes:
        since_ts: the moment from which appeals count as of this day, in ms since the epoch.
        per_day: the maximum number for one community since then.
        open_of_sender: the maximum number of open appeals of one sender in one community.
    """

    since_ts: int
    per_day: int
    open_of_sender: int


class AppealAdded(Enum):
    """Result of the attempt to store an appeal."""

    ADDED = "added"
    KNOWN = "known"
    """There is one against that decision already."""
    FULL = "full"
    """A limit is reached."""


class AppealStore(Protocol):
    """Stores appeals, one for each decision; durable once a method returns."""

    async def add(self, appeal: Appeal, limits: AppealLimits) -> AppealAdded:
        """Store an open appeal, unless there is one against its decision, or a limit is reached."""
        ...

    async def find(self, key: bytes) -> Appeal | None:
        """Return the appeal against a decision."""
        ...

    async def listed(
        self,
        *,
        communities: Collection[str] | None = None,
        rooms: Collection[str] = (),
        state: AppealState | None = None,
        limit: int = 100,
    ) -> list[Appeal]:
        """Return up to `limit` appeals (at most 1,000): the open ones first, by when they are due.

        Those that were answered follow, the latest made first.

        Args:
            communities: only those of these; None for all.
            rooms: also those in these rooms, whatever their community.
            state: only those in this state; None for all.
            limit: maximum number.
        """
        ...

    async def add_note(self, key: bytes, note: AppealNote) -> bool:
        """Store a note; return False without such an appeal or with `MAX_NOTES` notes."""
        ...

    async def decide(
        self,
        key: bytes,
        state: AppealState,
        *,
        decided_ts: int,
        decided_by: str,
        allowed_until_ts: int | None = None,
    ) -> bool:
        """Store the answer to an appeal; return False if it was not open."""
        ...
