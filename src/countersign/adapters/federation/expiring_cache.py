"""A small cache: bounded in number, each entry good until a moment of its own."""

from collections import OrderedDict
from typing import Generic, NamedTuple, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Entry(NamedTuple, Generic[V]):
    """What is remembered, and until when it may be used without asking again."""

    value: V
    fresh_until: float


class ExpiringCache(Generic[K, V]):
    """Keeps the `max_entries` entries that were used last.

    Stale entries stay until they are pushed out: their reader may prefer them to nothing.
    """

    def __init__(self, max_entries: int) -> None:
        self._max_entries = max_entries
        self._entries: OrderedDict[K, Entry[V]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def find(self, key: K) -> Entry[V] | None:
        """Return the entry for `key`, fresh or stale, or None."""
        entry = self._entries.get(key)
        if entry is not None:
            self._entries.move_to_end(key)
        return entry

    def keep(self, key: K, value: V, *, until: float) -> None:
        """Remember `value`; `until` is in monotonic seconds."""
        self._entries[key] = Entry(value, until)
        self._entries.move_to_end(key)
        if len(self._entries) > self._max_entries:
            self._entries.popitem(last=False)
