"""The port through which decisions are kept."""

from collections.abc import Callable
from typing import Protocol

from countersign.policy.decisions import RecordedDecision, Verdict


class DecisionStore(Protocol):
    """Keeps the first decision on each key, and never changes it.

    Several processes may decide the same event at once: the first decision that is durable stands,
    and `record` tells everyone else which one that is. A decision read back equals the one
    recorded, field for field (`testing.contracts` checks it). Whoever is told of a decision can
    rely upon it: `find` returns nothing that is not durable.
    """

    async def find(self, key: bytes) -> RecordedDecision | None:
        """Return the decision that stands on `key` (32 bytes), whichever process recorded it.

        On the sign path: one indexed read.

        Raises:
            StoreUnavailable: it is not known whether there is one.
        """
        ...

    async def record(self, decision: RecordedDecision) -> RecordedDecision:
        """Store `decision` unless its key has one; return, once durable, the one that stands.

        Cancelling the caller does not undo the storing: ask `find` again.

        Raises:
            StoreUnavailable: nothing is known to be stored.
        """
        ...

    async def by_reference(self, reference: str) -> list[RecordedDecision]:
        """Return the decisions that a person may mean by `reference`; empty if there is none.

        Args:
            reference: a decision's short reference in either case, with or without its dash;
                an event ID; or a whole key in hex. Short references can collide, as can the event
                IDs of room versions 1 and 2, hence a list (of at most 20).

        Raises:
            StoreUnavailable: it is not known whether there is one.
        """
        ...

    async def latest(
        self,
        *,
        room_id: str | None = None,
        sender: str | None = None,
        verdict: Verdict | None = None,
        limit: int = 50,
        before_ts: int | None = None,
        since_ts: int = 0,
        step: str | None = None,
    ) -> list[RecordedDecision]:
        """Return up to `limit` (at most 1,000) decisions, newest first, that match every filter.

        Args:
            room_id: only decisions in this room.
            sender: only decisions on this user's events.
            verdict: only decisions of this kind.
            limit: how many at most.
            before_ts: only decisions made before this moment, in ms since the epoch.
            since_ts: only decisions made at this moment or later.
            step: only decisions in which this step of the policy found something, by its label.

        Raises:
            StoreUnavailable: the store can't be read now.
        """
        ...

    async def count(self) -> int:
        """Return how many decisions are stored.

        Raises:
            StoreUnavailable: the store can't be read now.
        """
        ...


class DecisionReview(Protocol):
    """Reads decisions in bulk, for statistics."""

    async def review(
        self,
        since_ts: int,
        take: Callable[[RecordedDecision], None],
        *,
        room_id: str | None = None,
    ) -> int:
        """Hand to `take` every decision made since then on which a filter had something to say.

        Args:
            since_ts: from when on, in ms since the epoch.
            take: quick; called in another thread, one decision after the other.
            room_id: only decisions in this room.

        Returns:
            How many decisions were made since then in all.

        Raises:
            StoreUnavailable: the store can't be read now.
        """
        ...
