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
        self._flights: dict[Key, asyncio.Future[Value]] = {}

    def __len__(self) -> int:
        return len(self._flights)

    def __contains__(self, key: Key) -> bool:
        return key in self._flights

    async def run(self, key: Key, start: Callable[[], Coroutine[Any, Any, Value]]) -> Value:
        """Return what `start()` returns; join the run that is under way if there is one."""
        flight = self._flights.get(key)
        if flight is None:
            flight = self._flights[key] = asyncio.create_task(start())
            flight.add_done_callback(lambda done: self._land(key, done))
        try:
            return await asyncio.shield(flight)
        finally:
            # The error that a flight ends with holds this frame. Were the flight still here, each
            # failure would be a ring that only the garbage collector can undo, at a bad moment.
            del flight

    async def run_sheltered(
        self, key: Key, start: Callable[[], Coroutine[Any, Any, Value]]
    ) -> Value:
        """Do the same for an asker that nobody cancels, such as another flight: no task is made."""
        flight = self._flights.get(key)
        try:
            if flight is not None:
                return await asyncio.shield(flight)
            flight = self._flights[key] = asyncio.get_running_loop().create_future()
            flight.add_done_callback(lambda done: self._land(key, done))
            try:
                value = await start()
            except asyncio.CancelledError:
                flight.cancel()
                raise
            except BaseException as error:
                flight.set_exception(error)
                raise
            flight.set_result(value)
            return value
        finally:
            del flight  # as above

    def _land(self, key: Key, flight: "asyncio.Future[Value]") -> None:
        del self._flights[key]
        if not flight.cancelled():
            # Every asker may be gone; an error that nobody fetches must not be reported as lost.
            flight.exception()
