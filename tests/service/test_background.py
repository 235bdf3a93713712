"""Tests of background tasks: restarted after any error, which is visible."""

import asyncio

import pytest
import structlog

from countersign.adapters.metrics import PrometheusMetrics
from countersign.basics.backoff import Backoff
from countersign.ports.event_loop.later_rounds import call_after_rounds
from countersign.service import background as module
from countersign.service.background import BackgroundTasks, Work
from tests.waiting import until


@pytest.fixture
def metrics():
    return PrometheusMetrics()


@pytest.fixture
async def background(metrics, monkeypatch):
    monkeypatch.setattr(module, "BACKOFF", Backoff(first=0.001, longest=60))
    background = BackgroundTasks(metrics)
    yield background
    await background.aclose()


def failures(metrics, work):
    return number(metrics, "countersign_background_failures_total", work)


def number(metrics, name, work):
    (line,) = [
        line
        for line in metrics.render().decode().splitlines()
        if line.startswith(f'{name}{{work="{work}"')
    ]
    return float(line.split()[-1])


class Flaky:
    """Fails so many times, then runs until cancelled."""

    def __init__(self, *errors):
        self.errors = list(errors)
        self.runs = 0
        self.is_running = asyncio.Event()

    async def run(self):
        self.runs += 1
        if self.errors:
            raise self.errors.pop(0)
        self.is_running.set()
        await asyncio.Event().wait()


async def test_work_that_does_not_fail_runs_once_and_is_well(background, metrics):
    work = Flaky()
    background.keep_running(Work.OUTBOX, work.run)
    await work.is_running.wait()

    assert work.runs == 1
    assert all(check() is None for check in background.checks().values())
    assert failures(metrics, "outbox") == 0


async def test_endless_work_comes_back_and_its_failures_are_shown(background, metrics):
    work = Flaky(OverflowError("too large"), asyncio.CancelledError(), KeyError("x"))
    with structlog.testing.capture_logs() as logs:
        background.keep_running(Work.OUTBOX, work.run, "a bot")
        await work.is_running.wait()

    trouble = background.checks()["outbox"]()
    assert trouble == "failed 3 times in a row (a bot), last: KeyError: 'x'"
    assert failures(metrics, "outbox") == 3
    assert number(metrics, "countersign_background_failing", "outbox") == 1
    assert number(metrics, "countersign_background_failing", "archive") == 0
    assert [entry["pause_seconds"] for entry in logs] == [0.001, 0.002, 0.004]


async def test_a_failure_is_logged_with_what_failed_and_where(background):
    error = KeyError("x")
    work = Flaky(error)
    with structlog.testing.capture_logs() as logs:
        background.keep_running(Work.OUTBOX, work.run, "a bot")
        await work.is_running.wait()

    assert logs == [
        {
            "event": "background work failed and will be started again",
            "log_level": "error",
            "work": "outbox",
            "about": "a bot",
            "reason": "KeyError: 'x'",
            "failures": 1,
            "pause_seconds": 0.001,
            "exc_info": error,
        }
    ]
    assert error.__traceback__ is not None


async def test_a_failure_of_work_that_is_not_begun_again_is_logged_too(background):
    work = Flaky(KeyError("x"))
    with structlog.testing.capture_logs() as logs:
        background.run_once(Work.JOINS, work.run, "!room:example.org")
        await background.settle()

    assert logs == [
        {
            "event": "background work failed",
            "log_level": "error",
            "work": Work.JOINS,
            "about": "!room:example.org",
            "reason": "'x'",
            "exc_info": True,
        }
    ]


async def test_work_that_ends_although_it_should_not_is_started_again(background, metrics):
    runs = []
    again = asyncio.Event()

    async def run():
        runs.append(1)
        if len(runs) > 1:
            again.set()
            await asyncio.Event().wait()

    background.keep_running(Work.ARCHIVE, run)
    await again.wait()

    assert failures(metrics, "archive") == 1
    assert "it ended" in background.find_trouble(Work.ARCHIVE)


async def test_work_that_ran_for_a_minute_has_recovered(background, monkeypatch):
    work = Flaky(ValueError())
    background.keep_running(Work.ARCHIVE, work.run)
    await work.is_running.wait()
    assert background.find_trouble(Work.ARCHIVE)

    later = asyncio.get_running_loop().time() + module.CALM_SECONDS
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: later)

    assert background.find_trouble(Work.ARCHIVE) is None


async def test_pauses_grow_up_to_a_minute(background, monkeypatch):
    monkeypatch.setattr(module, "BACKOFF", Backoff(first=0.001, longest=0.004))
    work = Flaky(*[ValueError() for _ in range(6)])
    with structlog.testing.capture_logs() as logs:
        background.keep_running(Work.ARCHIVE, work.run)
        await work.is_running.wait()

    assert [entry["pause_seconds"] for entry in logs] == [0.001, 0.002, *[0.004] * 4]


async def test_work_to_be_done_is_tried_until_it_is_done(background, metrics):
    runs = []

    async def run():
        runs.append(1)
        if len(runs) < 3:
            raise ValueError

    background.run_until_done(Work.DECISION_COUNT, run)
    background.run_until_done(Work.DECISION_COUNT, run)  # is under way
    await background.settle()

    assert (len(runs), failures(metrics, "decision-count")) == (3, 2)
    assert background.find_trouble(Work.DECISION_COUNT) is None


@pytest.mark.parametrize("rounds", range(1, 5))
@pytest.mark.parametrize("begin", ["run_once", "run_until_done"])
async def test_work_that_is_asked_for_as_the_same_work_ends_runs_again(background, begin, rounds):
    """In whichever round of the event loop that is."""
    runs = []

    def ask():
        getattr(background, begin)(Work.JOINS, run, "!room")

    async def run():
        runs.append(1)
        if len(runs) == 1:
            call_after_rounds(rounds, ask)

    ask()
    await until(lambda: len(runs) == 2)


async def test_work_begun_by_strangers_is_not_restarted(background, metrics):
    work = Flaky(ValueError())
    background.run_once(Work.JOINS, work.run, "!room")
    await background.settle()

    assert (work.runs, failures(metrics, "joins")) == (1, 1)
    assert background.find_trouble(Work.JOINS) is None


async def test_all_of_it_ends_with_the_program(background):
    begun = Flaky()
    failing = Flaky(*[ValueError() for _ in range(1_000)])
    background.keep_running(Work.ARCHIVE, begun.run)
    background.keep_running(Work.OUTBOX, failing.run)
    await begun.is_running.wait()

    await background.aclose()

    assert len(background) == 0


async def test_no_work_is_started_twice_under_one_name(background):
    background.keep_running(Work.ARCHIVE, Flaky().run)
    with pytest.raises(ValueError, match="running already"):
        background.keep_running(Work.ARCHIVE, Flaky().run)
