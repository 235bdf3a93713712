"""Single flight: callers that ask for the same key at the same time share one run of the work."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Hashable
from functools import partial
from typing import Any, Generic, TypeVar

import structlog

from countersign.ports.event_loop.short_waits import ShortWait, TasklessRun
from countersign.protocol.errors import CountersignError

log = structlog.get_logger()

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class SingleFlight(Generic[Key, Value]):
    """Shares the result or the error of work in progress with all callers of the same key.

    Each caller raises its own copy of the error: a shared object would collect all tracebacks.
    Cancelling a caller does not cancel the work: others may wait for it, and its decision should be
    recorded in any case. Nothing is kept after the work has ended.
    """

    def __init__(self) -> None:
        self._waiting: dict[Key, list[ShortWait[Value]]] = {}
        self._tasks: dict[Key, asyncio.Task[None]] = {}
        self._taskless: dict[Key, TasklessRun] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def __contains__(self, key: Key) -> bool:
        return key in self._waiting

    async def run(self, key: Key, start: Callable[[], Coroutine[Any, Any, Value]]) -> Value:
        """Return the value of `start()`; if a run for the key is in progress, that of this run."""
        if key not in self._waiting:
            self._waiting[key] = []
            self._tasks[key] = asyncio.create_task(self._run_in_task(key, start))
        return await self._join(key)

    async def run_shielded(
        self, key: Key, start: Callable[[], Coroutine[Any, Any, Value]]
    ) -> Value:
        """Run the work as `run` does, without a task, for a caller that is never cancelled."""
        if key in self._waiting:
            return await self._join(key)
        self._waiting[key] = []
        try:
            value = await start()
        except asyncio.CancelledError:
            self._cancel(key)
            raise
        except Exception as error:
            self._fail(key, error)
            raise
        self._succeed(key, value)
        return value

    async def run_at_once(self, key: Key, start: Callable[[], Coroutine[Any, Any, Value]]) -> Value:
        """Run the work as `run` does, and make a task only if it has to wait.

        Up to its first wait the coroutine is run step by step in the caller: see `ShortWait`.
        """
        if key in self._waiting:
            return await self._join(key)
        work = start()
        try:
            waits_for = work.send(None)
        except StopIteration as done:
            value: Value = done.value
            return value
        self._waiting[key] = []
        self._taskless[key] = flight = TasklessRun(
            work, end=partial(self._end, key), fail=partial(self._end_with_error, key)
        )
        flight.continue_after(waits_for)
        return await self._join(key)

    async def _join(self, key: Key) -> Value:
        # Each caller has a future of its own: cancelling one does not cancel the others.
        waiter: ShortWait[Value] = ShortWait(loop=asyncio.get_running_loop())
        self._waiting[key].append(waiter)
        try:
            return await waiter
        finally:
            # The error holds this frame by its traceback. If the frame still held the waiter, each
            # failure would be a reference cycle that only the garbage collector can free.
            del waiter

    async def _run_in_task(self, key: Key, start: Callable[[], Awaitable[Value]]) -> None:
        try:
            value = await start()
        except asyncio.CancelledError:
            self._cancel(key)
            raise
        except Exception as error:  # noqa: BLE001 - it is for those who wait
            self._fail_or_log(key, error)
        else:
            self._succeed(key, value)
        finally:
            del self._tasks[key]

    def _end(self, key: Key, value: Value) -> None:
        del self._taskless[key]
        self._succeed(key, value)

    def _end_with_error(self, key: Key, error: BaseException) -> None:
        del self._taskless[key]
        if isinstance(error, Exception):
            self._fail_or_log(key, error)
        else:
            self._cancel(key)

    def _succeed(self, key: Key, value: Value) -> None:
        for waiter in self._waiting.pop(key):
            if not waiter.done():
                waiter.set_result(value)

    def _fail_or_log(self, key: Key, error: Exception) -> None:
        was_told = self._fail(key, error)
        if not was_told and not isinstance(error, CountersignError):
            log.error("work failed that nobody waits for", exc_info=error)

    def _fail(self, key: Key, error: Exception) -> bool:
        """Wake all waiting callers with the error; return True if there were any."""
        was_told = False
        for waiter in self._waiting.pop(key):
            if not waiter.done():
                waiter.set_exception(_own_copy(error))
                was_told = True
        return was_told

    def _cancel(self, key: Key) -> None:
        for waiter in self._waiting.pop(key):
            waiter.cancel()


def _own_copy(error: Exception) -> Exception:
    """Return an error of the same type that says the same.

    It shares the traceback of the work; what its caller adds is its own.
    """
    arguments = error.__reduce__()[1]  # more than `args`: an OSError's file name
    own: Exception = type(error).__new__(type(error), *arguments)
    own.args = error.args
    own.__dict__.update(error.__dict__)
    own.__cause__, own.__suppress_context__ = error.__cause__, error.__suppress_context__
    return own.with_traceback(error.__traceback__)
