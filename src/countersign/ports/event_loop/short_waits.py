"""Waits that need no task: work that is taken forward by hand from one to the next.

A task costs more than much of what happens in it. What waits only for its turn, or for a group of
writes, can be gone on with in the call that ends the wait.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from countersign.basics.first_steps import continue_in_task

T = TypeVar("T")


class ShortWait(asyncio.Future[T]):
    """Future that a coroutine may await without a task.

    Up to the next wait that is none of these, the work after it has no current task, so nothing in
    it may use `asyncio.timeout`.
    """

    __slots__ = ()


class TasklessRun:
    """Work that runs without a task while its waits are short, and then in a task.

    Args:
        work: a coroutine that has not begun.
        end: called with its result.
        fail: called with its exception, also with a cancellation.
        on_task: called with the task if one is made.
    """

    __slots__ = ("_end", "_fail", "_on_task", "_waits_for", "_work")

    def __init__(
        self,
        work: Coroutine[Any, Any, Any],
        *,
        end: Callable[[Any], None],
        fail: Callable[[BaseException], None],
        on_task: Callable[["asyncio.Task[Any]"], None] | None = None,
    ) -> None:
        self._work = work
        self._end = end
        self._fail = fail
        self._on_task = on_task
        self._waits_for: asyncio.Future[Any] | None = None

    def step(self, _: object = None) -> None:
        """Run the work to its next wait, or to its end."""
        self._waits_for = None
        try:
            waits_for = self._work.send(None)
        except StopIteration as done:
            self._end(done.value)
        except BaseException as error:  # noqa: BLE001 - it is for whoever began the work
            self._fail(error)
        else:
            self.continue_after(waits_for)

    def continue_after(self, waits_for: Any) -> None:
        """Continue when `waits_for`, which the work yielded last, is done."""
        if type(waits_for) is ShortWait:
            # What a task does with a future: to be awaited outside of one is an error otherwise.
            waits_for._asyncio_future_blocking = False  # noqa: SLF001 - asyncio's own protocol
            self._waits_for = waits_for
            waits_for.add_done_callback(self.step)
        else:
            loop = asyncio.get_running_loop()
            self._take_up(loop.create_task(_go_on(self._work, waits_for)))

    def cancel(self) -> None:
        """Cancel what the work waits for, as `Task.cancel` does."""
        if self._waits_for is not None:
            self._waits_for.cancel()

    def _take_up(self, task: "asyncio.Task[Any]") -> None:
        self._waits_for = task
        task.add_done_callback(self._end_of_task)
        if self._on_task is not None:
            self._on_task(task)

    def _end_of_task(self, task: "asyncio.Task[Any]") -> None:
        self._waits_for = None
        if task.cancelled():
            self._fail(asyncio.CancelledError())
        elif (error := task.exception()) is not None:
            self._fail(error)
        else:
            self._end(task.result())


async def _go_on(work: Coroutine[Any, Any, Any], waits_for: Any) -> Any:
    return await continue_in_task(work, waits_for)
