"""Tests of `SingleFlight`: concurrent callers share one result, and nothing is left behind."""

import asyncio
import gc
import traceback

import pytest
import structlog

from countersign.ports.errors import PeerRefused, PeerUnavailable, Trouble
from countersign.protocol.errors import CountersignError
from countersign.service.errors import RateLimited
from countersign.service.single_flight import SingleFlight


class Broken(Exception):
    pass


async def fail():
    await asyncio.sleep(0)
    raise Broken


@pytest.fixture
def flights():
    return SingleFlight()


@pytest.mark.parametrize("road", ["run", "run_shielded", "run_at_once"])
async def test_all_who_ask_at_once_are_told_the_same(flights, road):
    runs = []

    async def work():
        runs.append(1)
        await asyncio.sleep(0)
        return object()

    told = await asyncio.gather(*(getattr(flights, road)("key", work) for _ in range(5)))

    assert len(set(map(id, told))) == len(runs) == 1
    assert "key" not in flights


@pytest.mark.parametrize("road", ["run", "run_shielded", "run_at_once"])
async def test_all_who_ask_at_once_get_the_same_error(flights, road):
    asking = (getattr(flights, road)("key", fail) for _ in range(5))
    errors = await asyncio.gather(*asking, return_exceptions=True)

    assert [type(error) for error in errors] == [Broken] * 5
    assert len(flights) == 0


@pytest.mark.parametrize("road", ["run", "run_shielded", "run_at_once"])
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


class Refused(CountersignError):
    def __init__(self, status, *, reason):
        super().__init__(f"{status}: {reason}")
        self.status = status


@pytest.mark.parametrize(
    "error",
    [
        Broken("a", 1),
        Refused(404, reason="gone"),
        RateLimited(500),
        PeerRefused(403, "M_FORBIDDEN", "no"),
        PeerUnavailable("x", Trouble.TLS),
        OSError(28, "No space left on device", "a file"),
        KeyError("k"),
        TimeoutError(),
        ExceptionGroup("several", [Broken()]),
    ],
)
@pytest.mark.parametrize("road", ["run", "run_shielded", "run_at_once"])
async def test_each_gets_an_error_object_of_its_own_that_says_the_same(flights, road, error):
    async def fail_so():
        await asyncio.sleep(0)
        raise error.with_traceback(None)  # it was raised on the other roads already

    asking = (getattr(flights, road)("key", fail_so) for _ in range(4))
    told = await asyncio.gather(*asking, return_exceptions=True)

    assert len({id(each) for each in told}) == 4
    for each in told:
        assert type(each) is type(error)
        assert (str(each), each.args, vars(each)) == (str(error), error.args, vars(error))
        assert each.__cause__ is error.__cause__
        frames = traceback.extract_tb(each.__traceback__)
        assert frames[-1].name == "fail_so"
        assert len(frames) <= 6, "other callers' frames are in it"


@pytest.mark.parametrize(("error", "logged"), [(Broken(), 1), (RateLimited(1), 0)])
async def test_an_odd_error_that_nobody_waits_for_is_logged(flights, error, logged):
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def fail_late():
        begun.set()
        await go_on.wait()
        raise error

    with structlog.testing.capture_logs() as logs:
        asking = asyncio.create_task(flights.run("key", fail_late))
        await begun.wait()
        asking.cancel()
        go_on.set()
        for _ in range(3):
            await asyncio.sleep(0)
        assert "key" not in flights

    assert [entry["event"] for entry in logs] == ["work failed that nobody waits for"] * logged


@pytest.mark.parametrize("road", ["run", "run_shielded", "run_at_once"])
async def test_a_cancelled_caller_cancels_no_other(flights, road):
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def work():
        begun.set()
        await go_on.wait()
        return "done"

    first = asyncio.create_task(getattr(flights, road)("key", work))
    await begun.wait()
    others = [asyncio.create_task(flights.run("key", work)) for _ in range(3)]
    await asyncio.sleep(0)
    gone = others.pop() if road == "run_shielded" else first
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone

    assert "key" in flights
    go_on.set()

    assert await asyncio.gather(*others) == ["done"] * len(others)
    assert len(flights) == 0


async def test_work_goes_on_when_all_who_asked_are_cancelled(flights):
    begun, go_on, ended = asyncio.Event(), asyncio.Event(), []

    async def work():
        begun.set()
        await go_on.wait()
        ended.append(1)

    asking = asyncio.create_task(flights.run("key", work))
    await begun.wait()
    asking.cancel()
    await asyncio.wait([asking])
    joined = asyncio.create_task(flights.run("key", work))
    await asyncio.sleep(0)
    go_on.set()
    await joined

    assert ended == [1], "it was begun anew, or never ended"


@pytest.mark.parametrize("road", ["run", "run_shielded"])
async def test_cancelling_the_work_is_reported_to_all_callers(flights, road):
    begun = asyncio.Event()
    working = []

    async def work():
        working.append(asyncio.current_task())
        begun.set()
        await asyncio.Event().wait()

    asking = [asyncio.create_task(getattr(flights, road)("key", work))]
    await begun.wait()
    asking += [asyncio.create_task(flights.run("key", work)) for _ in range(2)]
    await asyncio.sleep(0)

    working[0].cancel()
    told = await asyncio.wait_for(asyncio.gather(*asking, return_exceptions=True), 60)

    assert [type(each) for each in told] == [asyncio.CancelledError] * 3
    assert len(flights) == 0


async def test_after_a_cancelled_flight_the_next_is_a_new_one(flights):
    begun, working = asyncio.Event(), []

    async def work():
        working.append(asyncio.current_task())
        begun.set()
        if len(working) == 1:
            await asyncio.Event().wait()
        return "done"

    asking = asyncio.create_task(flights.run("key", work))
    await begun.wait()
    working[0].cancel()
    await asyncio.wait([asking])

    assert await flights.run("key", work) == "done"


async def test_work_that_need_not_wait_makes_no_task(flights):
    before = asyncio.all_tasks()

    async def work():
        return asyncio.all_tasks()

    assert await flights.run_at_once("key", work) == before
    assert len(flights) == 0


async def test_an_error_that_comes_at_once_leaves_nothing_behind(flights):
    async def fail_at_once():
        raise Broken

    with pytest.raises(Broken):
        await flights.run_at_once("key", fail_at_once)

    assert len(flights) == 0
