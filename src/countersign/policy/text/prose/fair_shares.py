"""Limits on reading that several texts of one event share."""

from collections.abc import Iterable
from itertools import count
from typing import Any, Final

LEAST_CHARS: Final = 16
"""Minimum that each value takes of a limit, because of its fixed cost."""


def fair_limit(lengths: Iterable[int], total: int) -> int:
    """Return the limit for each text with which all take at most `total` characters.

    Long texts get the rest of the shares of short ones.
    """
    left = total
    ascending = sorted(lengths)
    for place, length in enumerate(ascending):
        limit = left // (len(ascending) - place)
        if length > limit:
            return limit
        left -= length
    return total


def beginning_of(content: dict[str, Any], total: int) -> dict[str, Any]:
    """Return the first values of a content, with `total` characters in all.

    This bounds the time of all readers of the content.
    """
    beginning: dict[str, Any] = {}
    # Iterators over the remaining children of the open objects and lists, with their copies;
    # innermost last.
    around = [(iter(content.items()), beginning)]
    while around and total > 0:
        items, copy = around[-1]
        for key, value in items:
            total -= LEAST_CHARS
            kept, opened = value, None
            if isinstance(value, str):
                kept = value[: total + LEAST_CHARS]
                total -= max(0, len(kept) - LEAST_CHARS)
            elif isinstance(value, dict):
                kept, opened = {}, iter(value.items())
            elif isinstance(value, list):
                kept, opened = [], zip(count(), value)
            if isinstance(copy, list):
                copy.append(kept)
            else:
                copy[key] = kept
            if opened is not None:
                around.append((opened, kept))
                break
            if total <= 0:
                break
        else:
            around.pop()
    return beginning
