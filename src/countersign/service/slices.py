"""Going through what other servers list in slices, so that nobody else waits for long."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from typing import Any, Final, TypeGuard, TypeVar

from countersign.ports.pauses import Pauses
from countersign.protocol.json_pieces import JsonItems

SLICE_BYTES: Final = 8 * 1024
"""After so many bytes of JSON, read one item after the other, the event loop gets a turn.

An event that is as dense as JSON can be takes some milliseconds, and is a slice of its own: there
is a turn between reading it and whatever is done with it.
"""

ITEMS_A_SLICE: Final = 500
"""After so many items that take a microsecond each the event loop gets a turn."""

T = TypeVar("T")

_BYTES_AN_ITEM: Final = 256
"""Cost of looking at an item beside reading it, in bytes."""


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
        item = items[index]
        if lazy is not None and lazy.size_bytes(index) > SLICE_BYTES:
            await asyncio.sleep(0)
        yield item
        left -= _BYTES_AN_ITEM
        if lazy is not None:
            left -= lazy.size_bytes(index)
            if forgetting:
                lazy.forget(index)


async def kept(items: Iterable[T], is_kept: Callable[[T], bool]) -> list[T]:
    """Return the items that are to be kept, giving the event loop a turn now and then.

    Args:
        items: they may not change meanwhile.
        is_kept: takes a microsecond or so.
    """
    found: list[T] = []
    for number, item in enumerate(items, 1):
        if is_kept(item):
            found.append(item)
        if number % ITEMS_A_SLICE == 0:
            await asyncio.sleep(0)
    return found


def is_list(value: Any) -> TypeGuard[Sequence[Any]]:
    """Return True if a JSON value is a list, be it one that is read as it is looked at."""
    return isinstance(value, Sequence) and not isinstance(value, str)
