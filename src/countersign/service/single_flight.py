"""One run of a piece of work, however many ask for it at the same moment."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class SingleFlight(Generic[Key, Value]):
    """Shares the result, or the error, of work in progress among all who ask for its key.

    The work goes on when an asker is cancelled: others may be waiting, and what it decides is
    worth recording either way. Nothing is kept once the work is done.
    """

    def __init__(self) -> None:
        self._flights: dict[Key, asyncio.Task[Value]] = {}

    def __len__(self) -> int:
        return len(self._flights)

    async def run(self, key: Key, start: Callable[[], Coroutine[Any, Any, Value]]) -> Value:
        """Return what `start()` returns; join the run that is under way if there is one."""
        task = self._flights.get(key)
        if task is None:
            task = self._flights[key] = asyncio.create_task(start())
            task.add_done_callback(lambda done: self._land(key, done))
        return await asyncio.shield(task)

    def _land(self, key: Key, task: "asyncio.Task[Value]") -> None:
        del self._flights[key]
        if not task.cancelled():
            # Every asker may be gone; an error that nobody fetches must not be reported as lost.
            task.exception()
