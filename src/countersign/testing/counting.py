"""Work counted instead of measured: the same on every machine and in every run."""

import sys
from collections.abc import Callable


def count_calls(work: Callable[[], object]) -> int:
    """Return the number of function calls of `work`, including functions written in C.

    What one call does within C, such as a search, counts once however long it takes.
    """
    count = 0
    before = sys.getprofile()

    def note(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count
