"""One run of a piece of work, however many ask for it at the same moment."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable, Iterator
from typing import Any, Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class SingleFlight(Generic[Key, Value]):
    """Shares the result, or the error, of work in progress among all who ask for its key.

    The work goes on when an asker is cancelled: others may be waiting, and what it decides is
    worth recording either way. Nothing is kept once the work is done.
    """

    def __init__(self) -> None:
        self._waiting: dict[Key, list[asyncio.Future[Value]]] = {}
        self._tasks: dict[Key, asyncio.Task[None]] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def __contains__(self, key: Key) -> bool:
        return key in self._waiting

    async def run(self, key: Key, start: Callable[[], Coroutine[Any, Any, Value]]) -> Value:
        """Return what `start()` returns; join the run that is under way if there is one."""
        if key not in self._waiting:
            self._waiting[key] = []
            self._tasks[key] = asyncio.create_task(self._fly_alone(key, start))
        return await self._join(key)

    async def run_sheltered(
        self, key: Key, start: Callable[[], Coroutine[Any, Any, Value]]
    ) -> Value:
        """Do the same for an asker that nobody cancels, such as another flight: no task is made."""
        if key in self._waiting:
            return await self._join(key)
        self._waiting[key] = []
        return await self._fly(key, start)

    async def _join(self, key: Key) -> Value:
        # Of their own: one who is cancelled takes nobody along, and all wake in the same round.
        waiter: asyncio.Future[Value] = asyncio.get_running_loop().create_future()
        self._waiting[key].append(waiter)
        try:
            return await waiter
        finally:
            # The error that a flight ends with holds this frame. Were the waiter still here, each
            # failure would be a ring that only the garbage collector can undo, at a bad moment.
            del waiter

    async def _fly_alone(self, key: Key, start: Callable[[], Coroutine[Any, Any, Value]]) -> None:
        try:
            await self._fly(key, start)
        except Exception:  # noqa: BLE001, S110 - those who wait were told; perhaps nobody does
            pass
        finally:
            del self._tasks[key]

    async def _fly(self, key: Key, start: Callable[[], Coroutine[Any, Any, Value]]) -> Value:
        try:
            value = await start()
        except asyncio.CancelledError:
            for waiter in self._landed(key):
                waiter.cancel()
            raise
        except BaseException as error:
            for waiter in self._landed(key):
                waiter.set_exception(error)
                del waiter  # as above
            raise
        for waiter in self._landed(key):
            waiter.set_result(value)
        return value

    def _landed(self, key: Key) -> Iterator["asyncio.Future[Value]"]:
        """Forget the flight, and return those who still wait."""
        return (waiter for waiter in self._waiting.pop(key) if not waiter.done())
