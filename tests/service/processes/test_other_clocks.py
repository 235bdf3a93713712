"""Tests of the warning about processes of one server name whose clocks differ."""

import asyncio
from contextlib import suppress

import pytest

from countersign.service.processes.comparisons import FORGOTTEN_AFTER_SECONDS
from countersign.service.processes.other_clocks import OtherClocks
from countersign.testing.clocks import ManualClock
from tests.contracts.broadcasts import Hub


@pytest.fixture
def hub():
    return Hub()


@pytest.fixture
def clock():
    return ManualClock()


class Ahead:
    """A clock that is so many seconds ahead of another one."""

    def __init__(self, clock, seconds):
        self._clock = clock
        self._ms = seconds * 1_000
        self.monotonic, self.sleep = clock.monotonic, clock.sleep

    def now_ts(self):
        return self._clock.now_ts() + self._ms


async def say_once(clocks):
    """Have a process send its time as at its start."""
    with suppress(TimeoutError):
        async with asyncio.timeout(0):
            await clocks.run()


async def test_clocks_that_differ_by_less_than_messages_take_are_no_trouble(hub, clock):
    one, other = OtherClocks(hub.join(), clock), OtherClocks(hub.join(), Ahead(clock, 8))

    await say_once(other)
    await say_once(one)

    assert one.find_trouble() is other.find_trouble() is None


async def test_both_know_as_soon_as_one_with_another_time_starts(hub, clock):
    one, other = OtherClocks(hub.join(), clock), OtherClocks(hub.join(), Ahead(clock, 40))

    await say_once(other)

    assert "is 40 seconds ahead of ours." in one.find_trouble()
    assert "is 40 seconds behind ours." in other.find_trouble()
    clock.advance(FORGOTTEN_AFTER_SECONDS)
    assert one.find_trouble() is other.find_trouble() is None
