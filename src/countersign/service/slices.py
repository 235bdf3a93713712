"""Going through what other servers list in slices, so that nobody else waits for long."""

from collections.abc import AsyncIterator, Sequence
from typing import Any, Final, TypeGuard

from countersign.ports.pauses import Pauses
from countersign.protocol.json_pieces import JsonItems

SLICE_BYTES: Final = 8 * 1024
"""After so many bytes of JSON, read one item after the other, the event loop gets a turn.

An event that is as dense as JSON can be takes some milliseconds, and is a slice of its own.
"""

_BYTES_AN_ITEM: Final = 256
"""What to look at an item costs beside its reading, in bytes."""


async def in_slices(items: Sequence[Any], *, forgetting: bool = False) -> AsyncIterator[Any]:
    """Yield the items of an answer's list, giving the event loop a turn now and then.

    Args:
        items: `JsonItems`, or any other list.
        forgetting: give the memory of each item back: nobody will look at it again.
    """
    lazy = items if isinstance(items, JsonItems) else None
    left = SLICE_BYTES
    pauses = Pauses()
    for index in range(len(items)):
        if left <= 0:
            await pauses.take()
            left = SLICE_BYTES
        yield items[index]
        left -= _BYTES_AN_ITEM
        if lazy is not None:
            left -= lazy.size_bytes(index)
            if forgetting:
                lazy.forget(index)


def is_list(value: Any) -> TypeGuard[Sequence[Any]]:
    """Tell whether a JSON value is a list, be it one that is read as it is looked at."""
    return isinstance(value, Sequence) and not isinstance(value, str)
