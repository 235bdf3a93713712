"""The interpreter's switch interval is short while long work is under way, and only then."""

import asyncio
import sys
import threading

import pytest

from countersign.ports.event_loop.busy_threads import SHORT_SECONDS, in_thread, short_turns
from tests.waiting import until


@pytest.fixture(autouse=True)
def usual():
    """The interval that the process had before, which stands again afterwards."""
    before = sys.getswitchinterval()
    yield before
    assert sys.getswitchinterval() == before


async def test_turns_are_short_in_a_thread_and_as_before_afterwards(usual):
    assert await in_thread(sys.getswitchinterval) == pytest.approx(SHORT_SECONDS)
    assert sys.getswitchinterval() == usual


async def test_work_gets_its_arguments_and_its_error_comes_through():
    assert await in_thread(int, "7f", base=16) == 127
    with pytest.raises(ValueError, match="invalid literal"):
        await in_thread(int, "no number")


async def test_turns_stay_short_until_the_last_work_is_done(usual):
    first, second = threading.Event(), threading.Event()
    begun = [asyncio.create_task(in_thread(each.wait, 60)) for each in (first, second)]
    await until(lambda: sys.getswitchinterval() != usual)

    first.set()
    await begun[0]
    is_short_beside_another = sys.getswitchinterval() != usual
    second.set()
    await begun[1]

    assert is_short_beside_another
    assert sys.getswitchinterval() == usual


async def test_work_whose_caller_gave_up_ends_its_short_turns(usual):
    end = threading.Event()
    task = asyncio.create_task(in_thread(end.wait, 60))
    await until(lambda: sys.getswitchinterval() != usual)

    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    is_short_meanwhile = sys.getswitchinterval() != usual
    end.set()
    await until(lambda: sys.getswitchinterval() == usual)

    assert is_short_meanwhile


def test_blocks_may_stand_in_each_other(usual):
    with short_turns(), short_turns():
        pass

    assert sys.getswitchinterval() == usual
