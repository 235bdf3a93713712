"""A cache with a maximum number of entries and a time of expiry for each entry."""

from typing import Generic, NamedTuple, TypeVar

from countersign.basics.bounded_mapping import BoundedMapping

K = TypeVar("K")
V = TypeVar("V")


class Entry(NamedTuple, Generic[V]):
    """A cached answer, and the time until which it is fresh."""

    value: V
    fresh_until: float


class ExpiringCache(Generic[K, V]):
    """Keeps the `max_entries` most recently used entries.

    Stale entries stay until newer ones displace them: the caller may use them if it has nothing
    else.
    """

    def __init__(self, max_entries: int) -> None:
        self._entries: BoundedMapping[K, Entry[V]] = BoundedMapping(max_entries)

    def __len__(self) -> int:
        return len(self._entries)

    def find(self, key: K) -> Entry[V] | None:
        """Return the entry for `key`, fresh or stale, or None."""
        return self._entries.use(key)

    def store(self, key: K, value: V, *, until: float) -> None:
        """Remember `value`; `until` is in monotonic seconds."""
        self._entries[key] = Entry(value, until)
