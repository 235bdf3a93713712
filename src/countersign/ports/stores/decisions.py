"""Port: store of decisions."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final, Protocol

from countersign.policy.decisions import RecordedDecision, Verdict
from countersign.policy.review.summaries import DecisionSummary


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionQuery:
    """Query for decisions, which must match all given fields.

    Attributes:
        rooms: the IDs of the rooms that they are in; None for any room.
        sender: the user whose events they are about.
        server: the server of such users.
        verdict: what was decided.
        step: the label of a policy's step that found something.
        filter: the name of a filter that found something.
        since_ts: the time from which they were made, in ms since the epoch.
        before_ts: before when; None for no end.
        min_score: what the evidence adds up to, at least, in points.
        max_score: likewise at most.
        keys: their keys; None for any.
        has_findings: only those on which a filter had something to say, and is still known.
    """

    rooms: frozenset[str] | None = None
    sender: str | None = None
    server: str | None = None
    verdict: Verdict | None = None
    step: str | None = None
    filter: str | None = None
    since_ts: int = 0
    before_ts: int | None = None
    min_score: int | None = None
    max_score: int | None = None
    keys: frozenset[bytes] | None = None
    has_findings: bool = False

    @property
    def needs_findings(self) -> bool:
        """True if only decisions with findings can match."""
        return self.step is not None or self.filter is not None or (self.min_score or 0) > 0

    def matches(self, recorded: RecordedDecision) -> bool:
        """Return True if a decision matches the query."""
        decision = recorded.decision
        return (
            (self.rooms is None or recorded.room_id in self.rooms)
            and self.sender in (None, recorded.sender)
            and self.server in (None, recorded.sender.partition(":")[2])
            and self.verdict in (None, decision.verdict)
            and (self.step is None or any(each.label == self.step for each in decision.findings))
            and (
                self.filter is None or any(each.filter == self.filter for each in decision.findings)
            )
            and recorded.decided_ts >= self.since_ts
            and (self.before_ts is None or recorded.decided_ts < self.before_ts)
            and (self.min_score is None or decision.score >= self.min_score)
            and (self.max_score is None or decision.score <= self.max_score)
            and (self.keys is None or recorded.key in self.keys)
            and (not self.has_findings or bool(decision.findings))
        )


EVERY_DECISION: Final = DecisionQuery()


class DecisionStore(Protocol):
    """Stores the first decision of each key, and never changes it.

    Several processes may decide the same event at once: the first durable decision is final, and
    `record` returns it to all of them. A decision that is read equals the recorded one, field for
    field (`testing.contracts` checks it). `find` returns only durable decisions.
    """

    async def find(self, key: bytes) -> RecordedDecision | None:
        """Return the decision with `key` (32 bytes), whichever process recorded it.

        On the sign path: one indexed read.

        Raises:
            StoreUnavailable: it is not known whether there is one.
        """
        ...

    async def record(self, decision: RecordedDecision) -> RecordedDecision:
        """Store `decision` unless its key has one; return the key's first decision once durable.

        Cancelling the caller does not undo the storing: ask `find` again.
        """
        ...

    async def find_by_reference(self, reference: str) -> list[RecordedDecision]:
        """Return the decisions that `reference` may name; empty if there is none.

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
        query: DecisionQuery = EVERY_DECISION,
        *,
        limit: int = 50,
        before_key: bytes | None = None,
    ) -> list[RecordedDecision]:
        """Return up to `limit` (at most 3,000) decisions that match, the last recorded first.

        Newest is what was recorded last.

        Args:
            query: which ones.
            limit: maximum number.
            before_key: the key of a decision: only those recorded before it, to go on from there;
                nothing is found if no decision has that key.
        """
        ...

    async def count(self) -> int:
        """Return the number of stored decisions."""
        ...


@dataclass(frozen=True, slots=True)
class SummarizedDecisions:
    """Decisions that have one summary.

    Attributes:
        summary: theirs.
        events: how many they are.
        people: numbers that stand for their senders, as long as this process runs.
    """

    summary: DecisionSummary
    events: int
    people: set[int]


class DecisionReview(Protocol):
    """Reads decisions in bulk, for statistics."""

    async def find_by_references(self, references: Collection[str]) -> list[RecordedDecision]:
        """Return the decisions of several references in one read; see `DecisionStore`.

        Raises:
            StoreUnavailable: it is not known whether there are any.
        """
        ...

    async def review(
        self,
        since_ts: int,
        take: Callable[[RecordedDecision], None],
        *,
        room_id: str | None = None,
        rooms: Collection[str] | None = None,
        before_ts: int | None = None,
    ) -> int:
        """Call `take` with each decision in a time that has findings; return the number of all.

        Args:
            since_ts: the start of the period, in ms since the epoch.
            take: quick; called in another thread, one decision after the other.
            room_id: only decisions in this room, which is found by an index.
            rooms: only decisions in these rooms; None for all.
            before_ts: only decisions made before this moment; None for no end.

        Returns:
            How many decisions were made in that time in all.
        """
        ...

    async def summarized(
        self,
        since_ts: int,
        name_of: Callable[[str], str],
        *,
        room_id: str | None = None,
        rooms: Collection[str] | None = None,
        before_ts: int | None = None,
    ) -> dict[str, list[SummarizedDecisions]]:
        """Return how many of the decisions that `review` would hand on have each summary.

        Args:
            since_ts: as of `review`.
            name_of: quick; returns the name under which decisions in a room are counted, given its
                ID. Called in another thread.
            room_id: as of `review`.
            rooms: as of `review`.
            before_ts: as of `review`.

        Returns:
            What was counted, by these names.
        """
        ...

    async def count_decided(
        self,
        since_ts: int,
        *,
        room_id: str | None = None,
        rooms: Collection[str] | None = None,
    ) -> int:
        """Return how many decisions were made since then, with findings or without.

        Args:
            since_ts: as of `review`.
            room_id: as of `review`.
            rooms: as of `review`.
        """
        ...
