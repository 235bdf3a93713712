"""Policies in force and their history, in this process's memory only."""

from collections.abc import Collection, Sequence

from countersign.ports.stores.policies import EarlierPolicy, PolicyChange, PolicyInForce


class MemoryPolicyStore:
    """Implements `ports.stores.policies.PolicyStore`; it begins empty."""

    def __init__(self) -> None:
        self._in_force: dict[str, PolicyInForce] = {}
        self._documents: dict[tuple[str, str], bytes] = {}
        self._changes: list[PolicyChange] = []

    async def in_force(self) -> list[PolicyInForce]:
        """See `PolicyStore.in_force`."""
        return [self._in_force[name] for name in sorted(self._in_force)]

    async def put_in_force(
        self,
        policies: Sequence[PolicyInForce],
        changes: Sequence[PolicyChange],
        *,
        gone: Collection[str] = (),
    ) -> None:
        """See `PolicyStore.put_in_force`."""
        for each in policies:
            self._in_force[each.community] = each
            self._documents[each.community, each.revision] = each.document
        self._changes += changes
        for name in gone:
            self._in_force.pop(name, None)

    async def add_earlier(self, earlier: Sequence[EarlierPolicy]) -> None:
        """See `PolicyStore.add_earlier`."""
        for each in earlier:
            self._changes.append(each.change)
            if each.document is not None:
                key = each.change.community, each.change.revision
                self._documents[key] = each.document

    async def changes(self, community: str, *, limit: int = 10_000) -> list[PolicyChange]:
        """See `PolicyStore.changes`."""
        found = [each for each in reversed(self._changes) if each.community == community]
        return found[:limit]

    async def document(self, community: str, revision: str) -> bytes | None:
        """See `PolicyStore.document`."""
        return self._documents.get((community, revision))

    async def has_history(self) -> bool:
        """See `PolicyStore.has_history`."""
        return bool(self._changes)
