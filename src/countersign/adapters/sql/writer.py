"""The one thread that writes: it takes all jobs that wait and commits them together.

A commit that survives a power cut costs a flush of the disk, whatever is in it. So the writer
lets jobs gather while it commits, and pays one flush for all of them.
"""

import asyncio
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, Full, Queue
from threading import Thread
from time import sleep
from typing import Any, Final, TypeAlias, TypeVar

from countersign.adapters.sql.connections import HeldConnection, connect_writer
from countersign.ports.errors import StoreUnavailable

T = TypeVar("T")
Work: TypeAlias = Callable[[sqlite3.Connection], T]
"""What to do inside a transaction. It may run more than once, so it must be idempotent."""

_MAX_WAITING: Final = 10_000
_MAX_GROUP: Final = 1_000
_GATHER_SECONDS_PER_JOB: Final = 0.003
_MAX_GATHER_SECONDS: Final = 0.006
"""How long a group gathers: by how many the last one held, so that a lone job never waits.

A commit costs the whole program work besides its flush (docs/adr/0003 has numbers). Where more than
one job comes in 3 ms groups grow until they gather for 6 ms, and where fewer come they shrink
until nothing waits.
"""


@dataclass(frozen=True, slots=True, eq=False)
class _Job:
    work: Work[Any]
    loop: asyncio.AbstractEventLoop
    waiter: asyncio.Future[Any]


@dataclass(frozen=True, slots=True)
class _Outcome:
    job: _Job
    value: Any = None
    error: Exception | None = None


class _NoTransaction(Exception):
    """None could be begun, which is no job's fault and will not change for the next one."""

    def __init__(self, reason: Exception) -> None:
        super().__init__()
        self.reason = reason


class Writer:
    """Carries out jobs in the order they come, in groups, each group one durable transaction.

    A job that fails harms only itself: its group is rolled back and every job is run alone.
    After any failure the connection is opened anew, so the writer recovers when the disk does.
    """

    def __init__(self, path: Path, *, max_waiting: int = _MAX_WAITING) -> None:
        self._path = path
        self._queue: Queue[_Job | None] = Queue(max_waiting)
        self._held: HeldConnection | None = None
        self._is_open = True
        self._thread = Thread(target=self._work, name="countersign-writer", daemon=True)
        self._thread.start()

    async def run(self, work: Work[T]) -> T:
        """Do `work` and return its value once it is durable; raise what it raised.

        A caller that is cancelled leaves its work in the queue.

        Raises:
            StoreUnavailable: too much is waiting, or the database fails; nothing is known stored.
        """
        if not self._is_open:
            raise StoreUnavailable("The database is closed.")
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[T] = loop.create_future()
        try:
            self._queue.put_nowait(_Job(work, loop, waiter))
        except Full:
            raise StoreUnavailable("Too many writes wait for the database.") from None
        return await waiter

    def close(self) -> None:
        """Finish what waits, then stop; blocks until that is done."""
        if self._is_open:
            self._is_open = False
            self._queue.put(None)
            self._thread.join()

    # What follows runs in the writer's thread.

    def _work(self) -> None:
        is_last = False
        size = 1
        while not is_last:
            first = self._queue.get()
            if size > 1:
                sleep(min(_GATHER_SECONDS_PER_JOB * size, _MAX_GATHER_SECONDS))
            group, is_last = self._take(first)
            _tell(self._carry_out(group))
            size = len(group)
        self._disconnect()

    def _take(self, first: _Job | None) -> tuple[list[_Job], bool]:
        """Return the jobs that wait, `first` first, and whether they are the last ones."""
        group: list[_Job] = []
        job = first
        while job is not None:
            group.append(job)
            if len(group) == _MAX_GROUP:
                return group, False
            try:
                job = self._queue.get_nowait()
            except Empty:
                return group, False
        return group, True

    def _carry_out(self, group: Sequence[_Job]) -> list[_Outcome]:
        try:
            return self._commit(group)
        except _NoTransaction as error:
            return [_failure(job, error.reason) for job in group]
        except Exception as error:  # noqa: BLE001 - whatever a job raises is its waiter's to handle
            if len(group) == 1:
                return [_failure(group[0], error)]
        return self._carry_out_one_by_one(group)

    def _carry_out_one_by_one(self, group: Sequence[_Job]) -> list[_Outcome]:
        outcomes: list[_Outcome] = []
        for number, job in enumerate(group):
            try:
                outcomes += self._commit([job])
            except _NoTransaction as error:
                return outcomes + [_failure(rest, error.reason) for rest in group[number:]]
            except Exception as error:  # noqa: BLE001 - as above
                outcomes.append(_failure(job, error))
        return outcomes

    def _commit(self, group: Sequence[_Job]) -> list[_Outcome]:
        if not group:
            return []
        held = self._begin()
        try:
            outcomes = [_Outcome(job, job.work(held.driver)) for job in group]
            held.driver.execute("COMMIT")
            held.require_current()
        except BaseException:
            self._disconnect()  # which rolls back
            raise
        return outcomes

    def _begin(self) -> HeldConnection:
        try:
            held = self._held
            if held is not None and not (held.is_current() and held.has_its_log()):
                self._disconnect()
            if self._held is None:
                self._held = connect_writer(self._path)
            self._held.driver.execute("BEGIN IMMEDIATE")
        except (sqlite3.Error, OSError, StoreUnavailable) as error:
            self._disconnect()
            raise _NoTransaction(error) from error
        return self._held

    def _disconnect(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            held.rescue()
            held.close()


def _failure(job: _Job, error: Exception) -> _Outcome:
    """Give each waiter an exception of its own: a shared one would gather all their tracebacks."""
    if isinstance(error, StoreUnavailable):
        own: Exception = StoreUnavailable(str(error))
    elif isinstance(error, sqlite3.Error | OSError):
        own = StoreUnavailable(f"The database does not answer: {error}.")
    else:
        return _Outcome(job, error=error)
    own.__cause__ = error
    return _Outcome(job, error=own)


def _tell(outcomes: Sequence[_Outcome]) -> None:
    """Wake the waiters, with one call into each event loop."""
    by_loop: defaultdict[asyncio.AbstractEventLoop, list[_Outcome]] = defaultdict(list)
    for outcome in outcomes:
        by_loop[outcome.job.loop].append(outcome)
    for loop, theirs in by_loop.items():
        try:
            loop.call_soon_threadsafe(_resolve, theirs)
        except RuntimeError:
            continue  # the loop is closed: nobody waits any more


def _resolve(outcomes: Sequence[_Outcome]) -> None:
    for outcome in outcomes:
        waiter = outcome.job.waiter
        if waiter.done():
            continue  # its caller was cancelled
        if outcome.error is None:
            waiter.set_result(outcome.value)
        else:
            waiter.set_exception(outcome.error)
