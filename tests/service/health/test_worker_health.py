"""Tests of the health report over all workers of a machine."""

import asyncio

import pytest

from countersign.adapters.worker_reports import ReportSlots, WorkerReports
from countersign.service.health.readiness import Health
from countersign.service.health.worker_health import SILENT_SECONDS, WorkerHealth
from countersign.testing.clocks import ManualClock


class Worker:
    """A worker whose troubles can be set, with the report that it gives."""

    def __init__(self, slots, number, clock):
        self.troubles = {"database": None, "policy": None}
        self.health = Health(
            {"database": lambda: self.troubles["database"]},
            {"policy": lambda: self.troubles["policy"]},
        )
        self.is_started = False
        self._shared = WorkerHealth(
            self.health,
            WorkerReports(slots, number),
            clock,
            is_started=lambda: self.is_started,
        )
        self.find_silent = self._shared.find_silent

    async def share(self):
        """Share its health once."""
        sharing = asyncio.ensure_future(self._shared.run())
        await asyncio.sleep(0)
        sharing.cancel()
        await asyncio.wait([sharing])


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def workers(clock):
    slots = ReportSlots(2)
    return [Worker(slots, number, clock) for number in range(2)]


async def test_a_report_has_the_troubles_of_other_workers(workers):
    first, other = workers
    other.troubles |= {"database": "no connection", "policy": "a mistake"}
    await other.share()
    assert first.health.report().warnings == {"policy": None}  # nobody is sent to it yet
    other.is_started = True

    other.troubles["database"] = None
    await other.share()
    assert first.health.report().is_ready
    assert first.health.report().warnings["policy"] == "worker 1: a mistake"

    other.troubles["database"] = "no connection"
    await other.share()
    report = first.health.report()
    assert not report.is_ready
    assert report.parts == {"database": "worker 1: no connection"}

    first.troubles["database"] = "it is full"  # one sentence for each part
    assert first.health.report().parts == {"database": "it is full"}


async def test_a_worker_that_gives_no_sign_of_life_leaves_the_server_ready(workers, clock):
    first, other = workers
    assert first.find_silent() is None  # it may be starting
    clock.advance(SILENT_SECONDS)
    assert first.find_silent() == "worker 1 has given no sign of life for 10 seconds"

    other.is_started, other.troubles["policy"] = True, "a mistake"
    await other.share()
    assert first.find_silent() is None
    clock.advance(SILENT_SECONDS)
    assert first.find_silent() == "worker 1 has given no sign of life for 10 seconds"
    assert first.health.report().warnings == {"policy": None}  # what it said may be over
    assert first.health.report().is_ready
