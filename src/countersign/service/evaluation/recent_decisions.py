"""Cache of recently used decisions, in front of their store."""

import asyncio
from collections.abc import Iterable
from typing import Final

from countersign.basics.bounded_mapping import BoundedMapping
from countersign.policy.decisions import RecordedDecision
from countersign.ports.errors import StoreUnavailable
from countersign.ports.stores.decisions import DecisionStore
from countersign.service.misses import MISS, Miss

MAX_REMEMBERED: Final = 20_000


class RecentDecisions:
    """A `DecisionStore` that answers from memory if it can.

    A decision is remembered once it is durable. Verdicts never change, so a remembered decision
    stays valid whatever other processes do. The absence of a decision is never remembered: another
    process may record one at any moment.

    Args:
        store: keeps the decisions.
        maximum: the number of decisions to remember.
    """

    def __init__(self, store: DecisionStore, *, maximum: int = MAX_REMEMBERED) -> None:
        self._store = store
        self._remembered: BoundedMapping[bytes, RecordedDecision] = BoundedMapping(maximum)
        self._held_back_until = float("-inf")
        self.find_by_reference = store.find_by_reference
        self.latest = store.latest
        self.count = store.count

    def peek(self, key: bytes) -> RecordedDecision | Miss:
        """Return the decision with `key`; MISS if it is not in memory."""
        remembered = self._remembered.use(key)
        return MISS if remembered is None else remembered

    async def find(self, key: bytes) -> RecordedDecision | None:
        """Return the decision on `key`, from memory or from the store; None if there is none.

        Raises:
            StoreUnavailable: it is not known whether there is one.
        """
        remembered = self.peek(key)
        if remembered is not MISS:
            return remembered
        stored = await self._store.find(key)
        return None if stored is None else self._remember(stored)

    async def record(self, decision: RecordedDecision) -> RecordedDecision:
        """Store `decision` unless its key has one; return the key's first decision once durable.

        Raises:
            StoreUnavailable: nothing is known to be stored, or decisions are held back.
        """
        if asyncio.get_running_loop().time() < self._held_back_until:
            raise StoreUnavailable(
                "Another database server took over. New events are decided once all processes have"
                " recorded again what it may lack, within seconds."
            )
        return self._remember(await self._store.record(decision))

    def hold_back(self, seconds: float) -> None:
        """Record nothing for so long."""
        self._held_back_until = asyncio.get_running_loop().time() + seconds

    def decided_since(self, since_ts: int) -> list[RecordedDecision]:
        """Return the decisions in memory that were made since a time, in ms since the epoch."""
        return [each for each in self._remembered.values() if each.decided_ts >= since_ts]

    def forget_all(self) -> None:
        """Forget all decisions; they are read again when needed."""
        self._remembered.clear()

    def forget_details(self, keys: Iterable[bytes]) -> None:
        """Forget decisions whose details were deleted from the store."""
        for key in keys:
            self._remembered.pop(key, None)

    def forget_person(self, user_id: str) -> None:
        """Forget decisions on a user's events, and those whose findings name them."""
        self.forget_details(
            [
                key
                for key, each in self._remembered.items()
                if each.sender == user_id
                or any(user_id in finding.reason for finding in each.decision.findings)
            ]
        )

    async def forget_room(self, room_id: str) -> None:
        """Forget the decisions on a room's events."""
        self.forget_details(
            [key for key, each in self._remembered.items() if each.room_id == room_id]
        )

    def _remember(self, decision: RecordedDecision) -> RecordedDecision:
        self._remembered[decision.key] = decision
        return decision
