"""What is shared among all who ask at the same moment, and what is left behind: nothing."""

import asyncio
import gc

import pytest

from countersign.service.single_flight import SingleFlight


class Broken(Exception):
    pass


async def fail():
    await asyncio.sleep(0)
    raise Broken


@pytest.fixture
def flights():
    return SingleFlight()


@pytest.mark.parametrize("road", ["run", "run_sheltered"])
async def test_all_who_ask_at_once_are_told_the_same(flights, road):
    runs = []

    async def work():
        runs.append(1)
        await asyncio.sleep(0)
        return object()

    told = await asyncio.gather(*(getattr(flights, road)("key", work) for _ in range(5)))

    assert len(set(map(id, told))) == len(runs) == 1
    assert "key" not in flights


@pytest.mark.parametrize("road", ["run", "run_sheltered"])
async def test_all_who_ask_at_once_get_the_same_error(flights, road):
    asking = (getattr(flights, road)("key", fail) for _ in range(5))
    errors = await asyncio.gather(*asking, return_exceptions=True)

    assert [type(error) for error in errors] == [Broken] * 5
    assert len(flights) == 0


@pytest.mark.parametrize("road", ["run", "run_sheltered"])
async def test_a_failure_leaves_nothing_for_the_garbage_collector(flights, road):
    # Anyone can make look-ups fail, by the thousand; collecting what they left would stop us all.
    gc.collect()
    gc.disable()
    try:
        for _ in range(50):
            with pytest.raises(Broken):
                await getattr(flights, road)("key", fail)
            await asyncio.sleep(0)
        assert not [one for one in gc.get_objects() if _is_broken_flight(one)]
    finally:
        gc.enable()


def _is_broken_flight(thing):
    if not isinstance(thing, asyncio.Future) or not thing.done() or thing.cancelled():
        return False
    return isinstance(thing.exception(), Broken)
