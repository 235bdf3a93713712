"""Backtest jobs: backtests in the background, one at a time for each community."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from countersign.basics.bounded_mapping import BoundedMapping
from countersign.basics.durations import HOUR_MS, MINUTE_MS
from countersign.ports.child_processes import ChildFailed, ChildProcess, ChildProcesses
from countersign.ports.clock import Clock
from countersign.ports.randomness import Randomness
from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.errors import BadJson
from countersign.service.background import BackgroundTasks, Work
from countersign.service.errors import RateLimited

MAX_KEPT: Final = 20
MAX_RUNNING: Final = 2
KEPT_MS: Final = HOUR_MS
MAX_EXAMPLES: Final = 50
MAX_TEXT_CHARS: Final = 300
_ID_BYTES: Final = 8
_BUSY_RETRY_MS: Final = 5 * MINUTE_MS


class JobState(StrEnum):
    """State of a backtest job."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(slots=True, kw_only=True)
class BacktestJob:
    """A backtest job.

    Attributes:
        job_id: its ID.
        community: the community whose events are judged again.
        actor: the actor who started it.
        started_ts: its start, in ms since the epoch.
        done: number of judged events.
        total: number of all events; 0 until it is known.
        report: the result, with examples of a few words each; None until it is done.
        trouble: the reason why it failed.
    """

    job_id: str
    community: str
    actor: str
    started_ts: int
    state: JobState = JobState.RUNNING
    done: int = 0
    total: int = 0
    report: JsonObject | None = None
    trouble: str | None = None


class BacktestJobs:
    """Runs backtests in processes of their own, and keeps their results for an hour.

    Jobs are lost when the program stops. At most two run at the same time, and one for each
    community.

    Args:
        children: start the processes.
        background: runs a task for each job.
        randomness: makes job IDs.
    """

    def __init__(
        self,
        children: ChildProcesses,
        *,
        background: BackgroundTasks,
        clock: Clock,
        randomness: Randomness,
    ) -> None:
        self._children = children
        self._background = background
        self._clock = clock
        self._randomness = randomness
        self._running: dict[str, ChildProcess] = {}
        self._jobs: BoundedMapping[str, BacktestJob] = BoundedMapping(MAX_KEPT)

    def start(self, community: str, request: JsonObject, *, actor: str) -> BacktestJob:
        """Start a backtest.

        Args:
            community: the community whose events are judged.
            request: the parameters for its process.
            actor: the actor who starts it.

        Raises:
            BadJson: a backtest of this community is running.
            RateLimited: too many of others are running.
        """
        running = [each for each in self._recent_jobs() if each.state is JobState.RUNNING]
        if any(each.community == community for each in running):
            raise BadJson("A backtest of this community is under way. Cancel it, or wait for it.")
        if len(running) >= MAX_RUNNING:
            raise RateLimited(
                _BUSY_RETRY_MS, "Too many backtests are under way. Try again in some minutes."
            )
        job = BacktestJob(
            job_id=self._randomness.random_bytes(_ID_BYTES).hex(),
            community=community,
            actor=actor,
            started_ts=self._clock.now_ts(),
        )
        self._jobs[job.job_id] = job
        self._background.run_once(Work.BACKTESTS, lambda: self._run(job, request), job.job_id)
        return job

    def find(self, job_id: str) -> BacktestJob | None:
        """Return a job of the last hour."""
        return next((each for each in self._recent_jobs() if each.job_id == job_id), None)

    def of(self, is_meant: Callable[[BacktestJob], bool]) -> list[BacktestJob]:
        """Return the jobs of the last hour for which `is_meant` is true, latest first."""
        return [each for each in self._recent_jobs() if is_meant(each)][::-1]

    async def cancel(self, job: BacktestJob) -> None:
        """End a job, if it is still running."""
        if job.state is not JobState.RUNNING:
            return
        job.state = JobState.CANCELLED
        child = self._running.get(job.job_id)
        if child is not None:
            await child.end()

    async def _run(self, job: BacktestJob, request: JsonObject) -> None:
        try:
            child = self._running[job.job_id] = await self._children.start(request)
            try:
                if job.state is JobState.RUNNING:  # and was not cancelled meanwhile
                    async for output in child.read_output():
                        self._apply_output(job, output)
            finally:
                del self._running[job.job_id]
                await child.end()
            self._fail(job, "The process ended without a report.")
        except ChildFailed as error:
            self._fail(job, str(error))

    def _fail(self, job: BacktestJob, trouble: str) -> None:
        if job.state is JobState.RUNNING:
            job.state, job.trouble = JobState.FAILED, trouble

    def _apply_output(self, job: BacktestJob, output: JsonObject) -> None:
        if job.state is not JobState.RUNNING:
            return
        if "report" in output:
            job.report, job.state = _cut(output["report"]), JobState.DONE
            job.done = job.total = job.report["events"]
        elif "trouble" in output:
            job.state, job.trouble = JobState.FAILED, output["trouble"]
        else:
            job.done, job.total = output["done"], output["total"]

    def _recent_jobs(self) -> Iterator[BacktestJob]:
        for job in list(self._jobs.values()):
            is_old = self._clock.now_ts() - job.started_ts > KEPT_MS
            if is_old and job.state is not JobState.RUNNING:
                del self._jobs[job.job_id]
            else:
                yield job


def _cut(report: JsonObject) -> JsonObject:
    """Return a report whose examples have only the first words of each event."""
    for name in ("newly_refused", "newly_passed"):
        group = report[name]
        group["examples"] = [_example(each) for each in group["examples"][:MAX_EXAMPLES]]
    return report


def _example(example: dict[str, Any]) -> dict[str, Any]:
    content = example.pop("content")
    body = content.get("body")
    return {**example, "text": body[:MAX_TEXT_CHARS] if isinstance(body, str) else ""}
