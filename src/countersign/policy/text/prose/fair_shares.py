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
    remaining = total
    ascending = sorted(lengths)
    for place, length in enumerate(ascending):
        limit = remaining // (len(ascending) - place)
        if length > limit:
            return limit
        remaining -= length
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
            start, opened = value, None
            if isinstance(value, str):
                start = value[: total + LEAST_CHARS]
                total -= max(0, len(start) - LEAST_CHARS)
            elif isinstance(value, dict):
                start, opened = {}, iter(value.items())
            elif isinstance(value, list):
                start, opened = [], zip(count(), value)
            if isinstance(copy, list):
                copy.append(start)
            else:
                copy[key] = start
            if opened is not None:
                around.append((opened, start))
                break
            if total <= 0:
                break
        else:
            around.pop()
    return beginning
