"""Coroutines that are started by hand, and need a task only if they wait.

Most coroutines that may wait do not: keys are known, answers are in memory. `work.send(None)` runs
a coroutine up to its first wait in the present call; one that ends there needs no task.

Such a first step has no current task, so nothing in it may use `asyncio.timeout`.
"""

from collections.abc import Coroutine, Generator
from types import coroutine
from typing import Any, TypeVar

T = TypeVar("T")


@coroutine
def continue_in_task(work: Coroutine[Any, Any, T], waits_for: Any) -> Generator[Any, Any, T]:
    """Continue, in a task, a coroutine that was started by `work.send(None)`; return its result.

    Args:
        work: the coroutine.
        waits_for: the future that its last step yielded.
    """
    try:
        if waits_for is None:  # only for a round of the loop, and to make the task has taken one
            waits_for = work.send(None)
        while True:
            try:
                result = yield waits_for
            except BaseException as error:  # noqa: BLE001 - the work's to handle, as is an end
                waits_for = work.throw(error)
            else:
                waits_for = work.send(result)
    except StopIteration as done:
        value: T = done.value
        return value


def close_unfinished(work: Coroutine[Any, Any, Any], waits_for: Any) -> None:
    """Close a coroutine that was started by hand and is not continued."""
    if waits_for is not None:
        waits_for.cancel()
    work.close()
