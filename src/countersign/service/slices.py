"""Iteration over long lists from other servers in slices, so that other requests get their turn."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from typing import Any, Final, TypeGuard, TypeVar

from countersign.ports.pauses import Pauses
from countersign.protocol.json_pieces import JsonItems

SLICE_BYTES: Final = 8 * 1024
"""Bytes of JSON that are read before the event loop gets a turn.

The densest possible event takes some milliseconds and is a slice of its own: the event loop gets a
turn between reading it and processing it.
"""

ITEMS_A_SLICE: Final = 500
"""Items, each of about a microsecond, that are processed before the event loop gets a turn."""

T = TypeVar("T")

_BYTES_AN_ITEM: Final = 256
"""Cost of processing an item, in addition to reading it, expressed in bytes of JSON."""


async def in_slices(items: Sequence[Any], *, forgetting: bool = False) -> AsyncIterator[Any]:
    """Yield the items of an answer's list, giving the event loop a turn now and then.

    Args:
        items: `JsonItems`, or any other list.
        forgetting: free the memory of each item, which nobody reads again.
    """
    lazy = items if isinstance(items, JsonItems) else None
    bytes_left = SLICE_BYTES
    pauses = Pauses()
    for index in range(len(items)):
        if bytes_left <= 0:
            await pauses.take()
            bytes_left = SLICE_BYTES
        item = items[index]
        if lazy is not None and lazy.size_bytes(index) > SLICE_BYTES:
            await asyncio.sleep(0)
        yield item
        bytes_left -= _BYTES_AN_ITEM
        if lazy is not None:
            bytes_left -= lazy.size_bytes(index)
            if forgetting:
                lazy.forget(index)


async def filtered(items: Iterable[T], is_kept: Callable[[T], bool]) -> list[T]:
    """Return the items for which `is_kept` is true, giving the event loop a turn now and then.

    Args:
        items: they may not change meanwhile.
        is_kept: takes a microsecond or so.
    """
    matching: list[T] = []
    for number, item in enumerate(items, 1):
        if is_kept(item):
            matching.append(item)
        if number % ITEMS_A_SLICE == 0:
            await asyncio.sleep(0)
    return matching


def is_list(value: Any) -> TypeGuard[Sequence[Any]]:
    """Return True if a JSON value is a list, including `JsonItems`, which is parsed on access."""
    return isinstance(value, Sequence) and not isinstance(value, str)
