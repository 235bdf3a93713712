"""Supervision of background work, which outlives requests and ends with the program.

No other module starts a task that runs for long; tests/architecture/test_background.py checks that.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any, Final, TypeAlias, TypeVar

import structlog

from countersign.basics.backoff import Backoff
from countersign.ports.metrics import Counter, Metrics

BACKOFF: Final = Backoff(first=1, longest=60)
CALM_SECONDS: Final = 60.0
"""Time without a failure after which a restarted task counts as recovered, in seconds."""
_MAX_REASON_CHARS: Final = 200

log = structlog.get_logger()

T = TypeVar("T")
Run: TypeAlias = Callable[[], Coroutine[Any, Any, None]]
"""Starts the work. It is called again after each failure, and must continue unfinished work."""


class Work(StrEnum):
    """The kinds of background work: the names in health, metrics and logs."""

    CONNECTIONS = "connections"
    """Accepting connections, and closing those that are overdue."""
    ROOM_CHECKS = "room-checks"
    COMMUNITY_ROOMS = "community-rooms"
    """Finding the rooms of aliases and spaces that policies name."""
    POLICY_RELOAD = "policy-reload"
    KEY_RENEWAL = "key-renewal"
    LEAKS = "leaks"
    RECEIVED_EVENTS = "received-events"
    """Following events that other processes received."""
    OUTBOX = "outbox"
    REDACTIONS = "redactions"
    """Sending events of our own user, of which redactions were the first."""
    MANAGEMENT = "management"
    """Parts for management rooms: handling of commands, and alerts."""
    APPEALS = "appeals"
    """Counting appeals and reports for the metrics."""
    CHATS = "chats"
    """Parts for direct chats with our user."""
    UNSEEN_SIGNATURES = "unseen-signatures"
    ARCHIVE = "archive"
    EVIDENCE = "evidence"
    """Storing the texts of refused events."""
    RETENTION = "retention"
    """Deleting personal data whose retention time is over."""
    BACKTESTS = "backtests"
    """Backtests that moderators began, each in a process of its own."""
    SHARED_COUNTERS = "shared-counters"
    """Connecting to the server in which several processes count together."""
    MEASURES = "measures"
    """Storing trust, raids and what the runaway guard did."""
    DECISION_COUNT = "decision-count"
    LATE_VERIFICATION = "late-verification"
    """Verifying state events of a room whose keys were unavailable when we joined."""
    JOINS = "joins"
    CHANGES = "changes"
    """Reading again what other processes changed."""
    LEADERSHIP = "leadership"
    """Holding the lease of the process that leads, or waiting for it."""
    DATABASE_WATCH = "database-watch"
    LOOP_WATCH = "loop-watch"
    WORKER_METRICS = "worker-metrics"
    """Showing the metrics of this process to the other workers."""
    WORKER_HEALTH = "worker-health"
    """Telling the other workers of the health of this one."""
    WORKER_REQUESTS = "worker-requests"
    """Answering requests of people that other workers pass on."""
    LOOP_HOLDERS = "loop-holders"
    """Finding out what holds the event loop."""


@dataclass(slots=True)
class _Failing:
    """Recent failures of a task, and the time since which it runs again."""

    reason: str
    failures: int = 1
    restarted_at: float | None = None


class BackgroundTasks:
    """Runs background work, and restarts it after an unexpected error, ever more slowly.

    Failures are logged, counted and shown until the task has run for a minute without another one.
    Call every method in the event loop.

    Args:
        metrics: where failures are counted.
    """

    def __init__(self, metrics: Metrics | None = None) -> None:
        self._tasks: dict[tuple[Work, str], asyncio.Task[None]] = {}
        self._failing: dict[tuple[Work, str], _Failing] = {}
        self._failures: Counter | None = None
        if metrics is not None:
            self._show(metrics)

    def __len__(self) -> int:
        return len(self._tasks)

    def keep_running(self, work: Work, run: Run, about: str = "") -> "asyncio.Task[None]":
        """Run endless work, such as a loop that serves a queue; return its task.

        Args:
            work: its kind.
            run: returning is a failure, like raising.
            about: distinguishes it from other work of the same kind, such as the name of a
                recipient.
        """
        return self._start(work, about, self._supervise(work, about, run, is_endless=True))

    def run_until_done(self, work: Work, run: Run, about: str = "") -> "asyncio.Task[None]":
        """Run work until it returns without an error; return its task, also if it already runs."""
        under_way = self._under_way(work, about)
        if under_way is not None:
            return under_way
        return self._start(work, about, self._supervise(work, about, run, is_endless=False))

    def run_once(self, work: Work, run: Run, about: str = "") -> None:
        """Run work once; an error ends it, and nothing happens if it already runs.

        For work that a stranger can start: it must not be repeated for as long as the program runs.
        """
        if self._under_way(work, about) is None:
            self._start(work, about, self._run_once(work, about, run))

    def find_trouble(self, work: Work) -> str | None:
        """Return a sentence on why work of this kind is failing; None if it is not failing."""
        now = asyncio.get_running_loop().time()
        for (kind, about), failing in list(self._failing.items()):
            since = failing.restarted_at
            if since is not None and now - since >= CALM_SECONDS:
                del self._failing[kind, about]
            elif kind is work:
                whose = f" ({about})" if about else ""
                return f"failed {failing.failures} times in a row{whose}, last: {failing.reason}"
        return None

    def checks(self) -> Mapping[str, Callable[[], str | None]]:
        """Return a health check for each kind of work, by its name."""
        return {work.value: partial(self.find_trouble, work) for work in Work}

    async def settle(self) -> None:
        """Wait until all work has ended."""
        while self._tasks:
            await asyncio.wait(self._tasks.values())

    async def aclose(self) -> None:
        """Cancel all work and wait until it has ended."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _show(self, metrics: Metrics) -> None:
        def is_failing(work: Work) -> float:
            return float(self.find_trouble(work) is not None)

        self._failures = metrics.counter(
            "countersign_background_failures_total",
            "Unexpected errors that ended background work.",
            work=tuple(work.value for work in Work),
        )
        for work in Work:
            metrics.gauge(
                "countersign_background_failing",
                "Background work that failed within the last minute, or waits for a restart: 1.",
                partial(is_failing, work),
                work=work.value,
            )

    def _under_way(self, work: Work, about: str) -> "asyncio.Task[None] | None":
        """Return the task of such work; None if it has ended, even if it is not yet forgotten."""
        task = self._tasks.get((work, about))
        return None if task is None or task.done() else task

    def _start(
        self, work: Work, about: str, supervised: Coroutine[Any, Any, None]
    ) -> "asyncio.Task[None]":
        key = work, about
        if self._under_way(work, about) is not None:
            supervised.close()
            raise ValueError(f"{work} {about} is running already")
        task = asyncio.create_task(supervised, name=f"{work} {about}".rstrip())
        self._tasks[key] = task
        task.add_done_callback(lambda done: self._forget(key, done))
        return task

    async def _run_once(self, work: Work, about: str, run: Run) -> None:
        try:
            await run()
        except Exception as error:
            self._count(work)
            log.exception("background work failed", work=work, about=about, reason=str(error))

    async def _supervise(self, work: Work, about: str, run: Run, *, is_endless: bool) -> None:
        loop, key = asyncio.get_running_loop(), (work, about)
        while True:
            began = loop.time()
            trace: BaseException | None = None
            try:
                await run()
            except asyncio.CancelledError as error:
                task = asyncio.current_task()
                if task is None or task.cancelling():
                    raise
                reason, trace = "it was cancelled from within", error  # not by us: it goes on
            except Exception as error:  # noqa: BLE001 - logged below, whatever it is
                reason, trace = f"{type(error).__name__}: {error}"[:_MAX_REASON_CHARS], error
            else:
                if not is_endless:
                    self._failing.pop(key, None)
                    return
                reason = "it ended"
            if loop.time() - began >= CALM_SECONDS:
                self._failing.pop(key, None)
            failing = self._note(key, reason)
            pause_seconds = BACKOFF.seconds(failing.failures)
            log.error(
                "background work failed and will be started again",
                work=work.value,
                about=about,
                reason=reason,
                failures=failing.failures,
                pause_seconds=pause_seconds,
                exc_info=trace,
            )
            del trace  # it holds this frame
            await asyncio.sleep(pause_seconds)
            failing.restarted_at = loop.time()

    def _note(self, key: tuple[Work, str], reason: str) -> _Failing:
        self._count(key[0])
        failing = self._failing.get(key)
        if failing is None:
            failing = self._failing[key] = _Failing(reason)
        else:
            failing.failures += 1
            failing.reason, failing.restarted_at = reason, None
        return failing

    def _count(self, work: Work) -> None:
        if self._failures is not None:
            self._failures.inc(work.value)

    def _forget(self, key: tuple[Work, str], task: "asyncio.Task[None]") -> None:
        if self._tasks.get(key) is task:
            del self._tasks[key]
            self._failing.pop(key, None)


async def wait_to_the_end(work: asyncio.Future[T]) -> T:
    """Return the result of work that goes on to its end, even if the caller is cancelled."""
    try:
        return await asyncio.shield(work)
    finally:
        await asyncio.wait([work])
