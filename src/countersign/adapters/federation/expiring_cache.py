"""A small cache: bounded in number, each entry good until a moment of its own."""

from typing import Generic, NamedTuple, TypeVar

from countersign.basics.bounded_mapping import BoundedMapping

K = TypeVar("K")
V = TypeVar("V")


class Entry(NamedTuple, Generic[V]):
    """A remembered answer, and until when it may be used without asking again."""

    value: V
    fresh_until: float


class ExpiringCache(Generic[K, V]):
    """Keeps the `max_entries` entries that were used last.

    Stale entries stay until they are pushed out: their reader may prefer them to nothing.
    """

    def __init__(self, max_entries: int) -> None:
        self._entries: BoundedMapping[K, Entry[V]] = BoundedMapping(max_entries)

    def __len__(self) -> int:
        return len(self._entries)

    def find(self, key: K) -> Entry[V] | None:
        """Return the entry for `key`, fresh or stale, or None."""
        return self._entries.use(key)

    def keep(self, key: K, value: V, *, until: float) -> None:
        """Remember `value`; `until` is in monotonic seconds."""
        self._entries[key] = Entry(value, until)
