"""Decisions in this process's memory only."""

from collections.abc import Callable, Collection
from itertools import islice

from countersign.policy.decisions import RecordedDecision
from countersign.policy.review.summaries import DecisionSummary
from countersign.ports.stores.decisions import (
    EVERY_DECISION,
    DecisionQuery,
    SummarizedDecisions,
)

_MAX_BY_REFERENCE = 20
_MAX_LATEST = 3_000


class MemoryDecisionStore:
    """Implements `ports.stores.decisions.DecisionStore` and `DecisionReview`; it begins empty."""

    def __init__(self) -> None:
        self._recorded: dict[bytes, RecordedDecision] = {}

    async def find(self, key: bytes) -> RecordedDecision | None:
        """See `DecisionStore.find`."""
        return self._recorded.get(key)

    async def record(self, decision: RecordedDecision) -> RecordedDecision:
        """See `DecisionStore.record`."""
        return self._recorded.setdefault(decision.key, decision)

    async def find_by_reference(self, reference: str) -> list[RecordedDecision]:
        """See `DecisionStore.find_by_reference`."""
        short = reference.upper().replace("-", "")
        found = [
            each
            for each in self._recorded.values()
            if each.event_id == reference
            or each.key.hex() == reference.lower()
            or each.reference.replace("-", "") == short
        ]
        return found[:_MAX_BY_REFERENCE]

    async def find_by_references(self, references: Collection[str]) -> list[RecordedDecision]:
        """See `DecisionStore.find_by_references`."""
        return [found for each in references for found in await self.find_by_reference(each)]

    async def latest(
        self,
        query: DecisionQuery = EVERY_DECISION,
        *,
        limit: int = 50,
        before_key: bytes | None = None,
    ) -> list[RecordedDecision]:
        """See `DecisionStore.latest`."""
        newest_first = reversed(self._recorded.values())
        if before_key is not None:
            for each in newest_first:  # the iterator continues after that one
                if each.key == before_key:
                    break
        found = (each for each in newest_first if query.matches(each))
        return list(islice(found, max(0, min(limit, _MAX_LATEST))))

    async def count(self) -> int:
        """See `DecisionStore.count`."""
        return len(self._recorded)

    async def review(
        self,
        since_ts: int,
        take: Callable[[RecordedDecision], None],
        *,
        room_id: str | None = None,
        rooms: Collection[str] | None = None,
        before_ts: int | None = None,
    ) -> int:
        """See `DecisionReview.review`."""
        found = self._decided(since_ts, room_id, rooms, before_ts)
        for each in sorted(found, key=lambda each: each.decided_ts):
            if each.decision.findings:
                take(each)
        return len(found)

    async def summarized(
        self,
        since_ts: int,
        name_of: Callable[[str], str],
        *,
        room_id: str | None = None,
        rooms: Collection[str] | None = None,
        before_ts: int | None = None,
    ) -> dict[str, list[SummarizedDecisions]]:
        """See `DecisionReview.summarized`."""
        found: dict[str, list[SummarizedDecisions]] = {}
        for each in self._decided(since_ts, room_id, rooms, before_ts):
            if each.decision.findings:
                summary = DecisionSummary.of(each.decision)
                counted = SummarizedDecisions(summary, 1, {hash(each.sender)})
                found.setdefault(name_of(each.room_id), []).append(counted)
        return found

    async def count_decided(
        self,
        since_ts: int,
        *,
        room_id: str | None = None,
        rooms: Collection[str] | None = None,
    ) -> int:
        """See `DecisionReview.count_decided`."""
        return len(self._decided(since_ts, room_id, rooms, None))

    def _decided(
        self,
        since_ts: int,
        room_id: str | None,
        rooms: Collection[str] | None,
        before_ts: int | None,
    ) -> list[RecordedDecision]:
        return [
            each
            for each in self._recorded.values()
            if each.decided_ts >= since_ts
            and room_id in (None, each.room_id)
            and (rooms is None or each.room_id in rooms)
            and (before_ts is None or each.decided_ts < before_ts)
        ]
