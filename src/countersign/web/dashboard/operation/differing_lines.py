"""Lines in which two policy documents differ, found within bounds: people send what they like.

Exact differences take time that grows with the product of the lines that differ: two documents of
60,000 lines with every second line changed took minutes, in which the event loop stood still.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import unified_diff
from itertools import islice, takewhile
from typing import Final

from countersign.ports.event_loop.busy_threads import in_thread

MAX_SHOWN: Final = 400
MAX_COMPARED: Final = 2_000
"""Lines between the first and the last one that differs; of more the order is left out."""
AROUND: Final = 2
_HEADER_LINES: Final = 2
UNORDERED: Final = "@ lines that only one of them has; their order is left out, as there are many"

Line = tuple[str, str]
"""`+`, `-`, `@` or a space, and the line."""


async def lines_that_differ(before: str, after: str) -> list[Line]:
    """Return the lines that differ, with some around them, at most 400."""
    return await in_thread(_find, before.splitlines(), after.splitlines())


def _find(before: Sequence[str], after: Sequence[str]) -> list[Line]:
    first, last = _ends_in_common(before, after)
    ends = len(before) - last, len(after) - last
    if max(ends) - first > MAX_COMPARED:
        lines = _without_order(before[first : ends[0]], after[first : ends[1]])
    else:
        diff = unified_diff(before, after, n=AROUND, lineterm="")
        lines = islice(diff, _HEADER_LINES, None)
    marked_lines = [(line[:1], line[1:]) for line in lines]
    if len(marked_lines) > MAX_SHOWN:
        marked_lines = [
            *marked_lines[:MAX_SHOWN],
            ("@", f"… {len(marked_lines) - MAX_SHOWN:,} more lines"),
        ]
    return marked_lines


def _ends_in_common(before: Sequence[str], after: Sequence[str]) -> tuple[int, int]:
    """Return the numbers of equal lines at the beginning and at the end."""

    def same(pairs: Iterator[tuple[str, str]]) -> int:
        return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))

    first = same(zip(before, after, strict=False))
    behind = min(len(before), len(after)) - first
    backwards = zip(reversed(before), reversed(after), strict=False)
    return first, min(behind, same(backwards))


def _without_order(before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    """Yield the lines that one has more often than the other, in time that grows with the lines."""
    yield UNORDERED
    for sign, lines, other_lines in (("-", before, after), ("+", after, before)):
        unmatched = Counter(other_lines)
        for line in lines:
            if unmatched[line] > 0:
                unmatched[line] -= 1
            else:
                yield sign + line
