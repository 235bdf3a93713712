"""Trust records, in this process's memory only."""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from countersign.policy.measures.trust import STRANGER
from countersign.policy.measures.trust_records import GivenTrust, TrustRecord
from countersign.ports.stores.trust import Learned, Seen


class MemoryTrustStore:
    """Implements `ports.stores.trust.TrustStore`; it begins empty."""

    most_at_once: Final = 1_000

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str], TrustRecord] = {}

    async def find(self, community: str, user_id: str) -> TrustRecord | None:
        return self._seen.get((community, user_id))

    async def add_learned(self, learned: Iterable[Learned]) -> None:
        for community, user_id, learned_more in learned:
            key = community, user_id
            self._seen[key] = self._seen.get(key, STRANGER).after(learned_more)

    async def set_given(
        self, community: str, user_id: str, given: GivenTrust | None
    ) -> TrustRecord:
        key = community, user_id
        record = self._seen[key] = self._seen.get(key, STRANGER).with_given(given)
        return record

    async def changed(self, changed_after: int, *, limit: int) -> list[Seen]:  # noqa: ARG002
        """See `TrustStore.changed`: no other process changes any."""
        return []

    async def people_by_time(
        self, community: str, *, since_ts: int, window_ms: int
    ) -> dict[int, int]:
        return Counter(
            record.first_seen_ts // window_ms
            for (name, _), record in self._seen.items()
            if name == community and record.accepted_events and record.first_seen_ts >= since_ts
        )

    async def list_given(self, community: str | None = None) -> list[Seen]:
        return [
            Seen(name, user_id, record)
            for (name, user_id), record in sorted(self._seen.items())
            if record.given is not None and community in (None, name)
        ]
