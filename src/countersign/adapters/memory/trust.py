"""Whom communities have seen, in this process's memory and nowhere else."""

from collections.abc import Iterable

from countersign.policy.measures.trust import TrustRecord
from countersign.ports.stores.trust import Seen


class MemoryTrustStore:
    """Implements `ports.acquaintances.TrustStore` for rehearsals: it begins empty."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str], TrustRecord] = {}

    def find(self, community: str, user_id: str) -> TrustRecord | None:
        """See `TrustStore.find`."""
        return self._seen.get((community, user_id))

    async def save(self, seen: Iterable[Seen]) -> None:
        """See `TrustStore.save`."""
        self._seen |= {(each.community, each.user_id): each.known for each in seen}

    async def given(self, community: str | None = None) -> list[Seen]:
        """See `TrustStore.given`."""
        return [
            Seen(name, user_id, known)
            for (name, user_id), known in self._seen.items()
            if known.given is not None and community in (None, name)
        ]
