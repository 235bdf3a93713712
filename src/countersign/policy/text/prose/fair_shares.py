"""Limits on reading that several texts of one event share."""

from collections.abc import Iterable


def fair_limit(lengths: Iterable[int], total: int) -> int:
    """Return the limit on each text with which all together take at most `total` characters.

    What short texts leave of their share, long ones get.
    """
    left = total
    ascending = sorted(lengths)
    for place, length in enumerate(ascending):
        limit = left // (len(ascending) - place)
        if length > limit:
            return limit
        left -= length
    return total
