"""Tests that measures are stored often enough for other processes to see them in time."""

import asyncio
from contextlib import suppress
from functools import partial
from types import SimpleNamespace

import pytest
import structlog

from countersign.bootstrap.measures import SAVE_SHARED_EVERY_SECONDS, Measures, keep_saving
from countersign.ports.errors import StoreUnavailable
from countersign.service.processes.change_feed import POLL_SECONDS

KNOWN_WITHIN_SECONDS = 1.0
"""The time that docs/several-processes.md promises."""
MEASURES = ("trust", "raids", "mutes", "guard", "indicators")


class FakeMeasure:
    """Has what it learned stored, or not, as a list says of each attempt; then ends the saving."""

    def __init__(self, outcomes):
        self._outcomes = list(outcomes)

    async def save(self):
        if not self._outcomes:
            raise asyncio.CancelledError
        if not self._outcomes.pop(0):
            raise StoreUnavailable("the database is away")


class FakeBackground:
    """Keeps what it is to run, by name."""

    def __init__(self):
        self.work = {}

    def keep_running(self, _, work, name):
        self.work[name] = work


def test_measures_reach_other_processes_within_a_second():
    assert SAVE_SHARED_EVERY_SECONDS + POLL_SECONDS < KNOWN_WITHIN_SECONDS


@pytest.mark.parametrize(
    ("outcomes", "warnings"),
    [([True, True], 0), ([False] * 20, 1), ([False, False, True, False, True, False], 3)],
)
async def test_a_database_that_is_away_is_told_once_for_each_time(outcomes, warnings):
    background = FakeBackground()
    measures = SimpleNamespace(**{name: FakeMeasure(outcomes) for name in MEASURES})
    measures.learned = partial(Measures.learned, measures)
    keep_saving(measures, background, 0.0)

    with structlog.testing.capture_logs() as logs:
        for work in background.work.values():
            with suppress(asyncio.CancelledError):
                await work()

    told = [each["measure"] for each in logs]
    assert told == [name for name in MEASURES for _ in range(warnings)]
