"""A dictionary of limited size that forgets its least recently used entry."""

from collections import OrderedDict
from collections.abc import Callable
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")

_set = OrderedDict.__setitem__  # super() would cost a third as much again


class BoundedMapping(OrderedDict[K, V]):
    """A mapping of `maximum` entries at most; one more removes the least recently used.

    Setting a key counts as a use of its entry, and so does `use`; `get` and `[]` do not.

    Args:
        maximum: maximum number of entries, at least 1.
        on_forget: called with the key and the value of each entry that is pushed out, not with
            those that are deleted by name.
    """

    __slots__ = ("_maximum", "_on_forget")

    def __init__(self, maximum: int, on_forget: Callable[[K, V], None] | None = None) -> None:
        super().__init__()
        self._maximum = maximum
        self._on_forget = on_forget

    def __setitem__(self, key: K, value: V) -> None:
        """Set and use an entry."""
        if key in self:
            self.move_to_end(key)
        elif len(self) >= self._maximum:
            self.forget_oldest()
        _set(self, key, value)

    def use(self, key: K) -> V | None:
        """Return the value of `key`, which is now the most recently used; None if there is none."""
        if key not in self:
            return None
        self.move_to_end(key)
        return self[key]

    def forget_oldest(self) -> None:
        """Push out the least recently used entry.

        Raises:
            KeyError: the mapping is empty.
        """
        forgotten = self.popitem(last=False)
        if self._on_forget is not None:
            self._on_forget(*forgotten)
