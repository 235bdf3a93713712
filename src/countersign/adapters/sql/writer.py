"""The thread that writes to SQLite, with one commit for all jobs that wait.

A durable commit costs a flush of the disk and CPU time, however much it contains. So requests that
an event loop handles at the same time share a commit, as do all jobs that come while the thread
commits.
"""

import asyncio
import sqlite3
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any, Final, TypeAlias, TypeVar

import structlog

from countersign.adapters.sql.connections import HeldConnection, SqliteConnection, connect_writer
from countersign.adapters.sql.write_trouble import WriteTrouble
from countersign.basics.records import record
from countersign.ports.errors import StoreUnavailable
from countersign.ports.event_loop.meanwhile import Meanwhile
from countersign.ports.event_loop.short_waits import ShortWait

T = TypeVar("T")
Item = TypeVar("Item")
Work: TypeAlias = Callable[[SqliteConnection], T]
"""Work inside a transaction. It may run more than once, so it must be idempotent."""
WorkOnAll: TypeAlias = Callable[[SqliteConnection, Sequence[Item]], Sequence[T]]
"""Work on all items that wait together; it returns a value for each, in order."""

_MAX_WAITING: Final = 10_000
_MAX_GROUP: Final = 1_000
_QUIET_ROUNDS: Final = 2
"""A group is complete after so many rounds of the event loop without another job.

Requests that arrived together go through the loop's rounds side by side. With few of them the loop
has nothing else to do, and the rounds pass within some 0.1 ms; with many each round brings jobs.
"""
_MAX_GATHER_SECONDS: Final = 0.016

log = structlog.get_logger()


@record(frozen=True, slots=True, eq=False)
class _Job:
    loop: asyncio.AbstractEventLoop
    waiter: asyncio.Future[Any]
    work: Work[Any] | None
    on_all: WorkOnAll[Any, Any] | None = None
    item: Any = None


@record(frozen=True, slots=True, eq=False)
class _Outcome:
    job: _Job
    value: Any = None
    error: Exception | None = None


class _NoTransaction(Exception):
    """No transaction could be begun; this is not a job's fault and affects all jobs."""

    def __init__(self, reason: Exception) -> None:
        super().__init__()
        self.reason = reason


class Writer:
    """Runs jobs in order, in groups; each group is one durable transaction.

    If a job fails, its group is rolled back and each job is run alone, so that only that one fails.
    After any failure the connection is opened again, so the writer recovers when the disk does.
    """

    def __init__(self, path: Path, *, max_waiting: int = _MAX_WAITING) -> None:
        self._path = path
        self.trouble = WriteTrouble(str(path), path.parent)
        self._max_waiting = max_waiting
        self._held: HeldConnection | None = None
        self.connections = 0
        """Number of there have been: a new one follows trouble that readers should know of."""
        self.meanwhile: Final = Meanwhile()
        self._thread = Thread(target=self._work, name="countersign-writer", daemon=True)
        # Wakes the thread. Waking and waiting are one call each, without Python code of the
        # library.
        self._calls: SimpleQueue[None] = SimpleQueue()
        # Shared with the thread; only used while `_lock` is held.
        self._lock = Lock()
        self._jobs: deque[_Job] = deque()
        self._complete = 0  # number of jobs at the front of the queue whose group is complete
        self._added = 0
        # The loop that gathers a group. If two loops do, the first to finish completes all jobs.
        self._gathering: asyncio.AbstractEventLoop | None = None
        self._is_open = True
        self._thread.start()

    async def run(self, work: Work[T]) -> T:
        """Run `work`; return its value once it is durable, or raise its exception.

        A caller that is cancelled leaves its work in the queue.

        Raises:
            StoreUnavailable: too much waits, or the database fails; nothing is known to be stored.
        """
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[T] = loop.create_future()
        self._add(_Job(loop, waiter, work))
        return await waiter

    async def run_with_all(self, work: WorkOnAll[Item, T], item: Item) -> T:
        """Like `run`, but adjacent jobs with the same `work` are done in one call of it.

        Raises:
            StoreUnavailable: as `run` does.
        """
        loop = asyncio.get_running_loop()
        waiter: ShortWait[T] = ShortWait(loop=loop)
        self._add(_Job(loop, waiter, None, work, item))
        return await waiter

    def close(self) -> None:
        """Finish all jobs, then stop; blocks until that is done."""
        with self._lock:
            self._is_open = False
        self._calls.put(None)
        self._thread.join()

    def _add(self, job: _Job) -> None:
        loop = job.loop
        with self._lock:
            if not self._is_open:
                raise StoreUnavailable("The database is closed.")
            if len(self._jobs) >= self._max_waiting:
                full = StoreUnavailable("Too many writes wait for the database.")
                self.trouble.note(full)
                raise full
            self._jobs.append(job)
            self._added += 1
            if self._gathering is not loop:
                self._gathering = loop
                loop.call_soon(self._gather, loop, self._added, 0, loop.time())

    def _gather(
        self, loop: asyncio.AbstractEventLoop, added: int, quiet_rounds: int, since: float
    ) -> None:
        """Complete the group after enough quiet rounds, or check again in the loop's next round.

        Args:
            loop: the event loop of this round.
            added: the number of all jobs ever added, as of the previous round.
            quiet_rounds: the number of rounds without a new job.
            since: the start of the group, by the loop's clock.
        """
        with self._lock:
            quiet_rounds = quiet_rounds + 1 if self._added == added else 0
            if quiet_rounds < _QUIET_ROUNDS and loop.time() - since < _MAX_GATHER_SECONDS:
                loop.call_soon(self._gather, loop, self._added, quiet_rounds, since)
                return
            if self._gathering is loop:
                self._gathering = None
            self._complete = len(self._jobs)
        self._calls.put(None)

    # The following methods run in the writer's thread.

    def _work(self) -> None:
        while group := self._take():
            try:
                outcomes = self._carry_out(group)
            except BaseException as error:  # noqa: BLE001 - the thread must outlive every job
                outcomes = [_failure(job, error) for job in group]
            _deliver_outcomes(outcomes, self.trouble)
            del group, outcomes  # they refer to the callers' objects and exceptions
        self._disconnect()

    def _take(self) -> list[_Job]:
        """Wait for a group and return it; return an empty list once all is done and closed."""
        while True:
            with self._lock:
                count = self._complete if self._is_open else len(self._jobs)
                if count or not self._is_open:
                    group = [self._jobs.popleft() for _ in range(min(count, _MAX_GROUP))]
                    self._complete = max(0, self._complete - len(group))
                    return group
            self._calls.get()

    def _carry_out(self, group: Sequence[_Job]) -> list[_Outcome]:
        try:
            return self._commit(group)
        except _NoTransaction as error:
            return [_failure(job, error.reason) for job in group]
        except BaseException as error:  # noqa: BLE001 - the job's caller gets it
            if len(group) == 1:
                return [_failure(group[0], error)]
        return self._carry_out_one_by_one(group)

    def _carry_out_one_by_one(self, group: Sequence[_Job]) -> list[_Outcome]:
        outcomes: list[_Outcome] = []
        for number, job in enumerate(group):
            try:
                outcomes += self._commit([job])
            except _NoTransaction as error:
                return outcomes + [
                    _failure(remaining, error.reason) for remaining in group[number:]
                ]
            except BaseException as error:  # noqa: BLE001 - as above
                outcomes.append(_failure(job, error))
        return outcomes

    def _commit(self, group: Sequence[_Job]) -> list[_Outcome]:
        if not group:
            return []
        connection = self._begin()
        try:
            outcomes = _results(connection.driver, group)
            self.meanwhile.begin()
            connection.driver.execute("COMMIT")
            connection.require_current()
        except BaseException:
            self._disconnect()  # rolls back
            raise
        return outcomes

    def _begin(self) -> HeldConnection:
        try:
            connection = self._held
            if connection is not None and not connection.has_both_files():
                self._disconnect()
            if self._held is None:
                self._held = connect_writer(self._path)
                self.connections += 1
            self._held.driver.execute("BEGIN IMMEDIATE")
        except (sqlite3.Error, OSError, StoreUnavailable) as error:
            self._disconnect()
            raise _NoTransaction(error) from error
        return self._held

    def _disconnect(self) -> None:
        connection, self._held = self._held, None
        if connection is not None:
            connection.rescue()
            connection.close()


def _results(driver: SqliteConnection, group: Sequence[_Job]) -> list[_Outcome]:
    outcomes: list[_Outcome] = []
    for on_all, jobs in groupby(group, attrgetter("on_all")):
        if on_all is None:
            outcomes += [_Outcome(job, job.work(driver)) for job in jobs if job.work is not None]
        else:
            together = list(jobs)
            values = on_all(driver, [job.item for job in together])
            outcomes += map(_Outcome, together, values)
    return outcomes


def _failure(job: _Job, error: BaseException) -> _Outcome:
    """Give each caller an exception of its own: a shared one would collect all their tracebacks."""
    if isinstance(error, StoreUnavailable):
        own: Exception = StoreUnavailable(str(error))
    elif isinstance(error, sqlite3.Error | OSError):
        own = StoreUnavailable(f"The database does not answer: {error}.")
    elif isinstance(error, Exception):
        return _Outcome(job, error=error)
    else:  # such as KeyboardInterrupt, which would end an event loop
        own = StoreUnavailable(f"Writing was interrupted: {error!r}.")
    own.__cause__ = error
    return _Outcome(job, error=own)


def _deliver_outcomes(outcomes: Sequence[_Outcome], trouble: WriteTrouble) -> None:
    """Pass results to the callers, with one call into each event loop."""
    by_loop: defaultdict[asyncio.AbstractEventLoop, list[_Outcome]] = defaultdict(list)
    for outcome in outcomes:
        by_loop[outcome.job.loop].append(outcome)
    for loop, outcomes_of_loop in by_loop.items():
        try:
            loop.call_soon_threadsafe(_resolve, outcomes_of_loop, trouble)
        except RuntimeError:
            continue  # the loop is closed, so nobody waits


def _resolve(outcomes: Sequence[_Outcome], trouble: WriteTrouble) -> None:
    for outcome in outcomes:
        if outcome.error is not None or trouble.is_noted:
            trouble.note(outcome.error)
        waiter = outcome.job.waiter
        if waiter.done():  # its caller was cancelled
            if outcome.error is not None:
                log.error("a write failed that nobody waits for", exc_info=outcome.error)
        elif outcome.error is None:
            waiter.set_result(outcome.value)
        else:
            waiter.set_exception(outcome.error)
