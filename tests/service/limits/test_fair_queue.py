"""Tests of the fair queue: many requests of one source do not delay another source's request."""

import asyncio
import itertools

import pytest

from countersign.adapters.metrics import PrometheusMetrics
from countersign.service.errors import TryLater
from countersign.service.limits.fair_queue import (
    AT_ONCE,
    MAX_PER_ROUND,
    PER_ROUND,
    ROUND_SECONDS,
    STALE_SECONDS,
    STRESS_SECONDS,
    FairQueue,
)
from countersign.testing.clocks import ManualClock


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def metrics():
    return PrometheusMetrics()


@pytest.fixture
def queue(clock, metrics):
    return FairQueue(clock, metrics, max_waiting=100)


class WaitingRequests:
    """Requests that wait, and the order in which it was their turn."""

    def __init__(self, queue):
        self.queue = queue
        self.served = []
        self.sent_away = []
        self.tasks = []

    def come(self, count, *path):
        start = len(self.tasks)
        self.tasks += [
            asyncio.ensure_future(self.ask((*path, number)))
            for number in range(start, start + count)
        ]

    async def ask(self, request):
        try:
            await self.queue.wait(*request[:-1])
        except TryLater:
            self.sent_away.append(request)
        else:
            self.served.append(request)

    async def until_done(self):
        await asyncio.gather(*self.tasks)


@pytest.fixture
def crowd(queue):
    return WaitingRequests(queue)


async def test_a_lone_request_does_not_wait(queue):
    waiting = queue.wait("community", "room", "requester")

    with pytest.raises(StopIteration):
        waiting.send(None)


async def test_a_round_is_followed_by_the_next(crowd):
    crowd.come(5 * AT_ONCE, "community", "room", "requester")

    await crowd.until_done()

    assert [number for *_, number in crowd.served] == list(range(5 * AT_ONCE))


async def test_a_round_lets_one_request_through_while_others_wait(crowd):
    crowd.come(3 * AT_ONCE, "community", "room", "requester")

    await asyncio.sleep(0)
    let_through = [len(crowd.served)]
    for _ in range(6):
        await asyncio.sleep(0)
        let_through.append(len(crowd.served))

    rises = {later - before for before, later in itertools.pairwise(let_through)}
    assert let_through[0] == AT_ONCE
    assert rises <= {0, PER_ROUND}
    assert let_through[-1] > AT_ONCE


@pytest.mark.parametrize(
    ("raid", "other"),
    [
        pytest.param(("c", "room", "raider"), ("c", "room", "other"), id="another requester"),
        pytest.param(("c", "raid", "raider"), ("c", "room", "raider"), id="another room"),
        pytest.param(("c", "raid", "raider"), ("d", "room", "raider"), id="another community"),
    ],
)
async def test_a_raid_delays_nobody_else(crowd, raid, other):
    crowd.come(90, *raid)
    crowd.come(5, *other)

    await crowd.until_done()

    places = [place for place, request in enumerate(crowd.served) if request[:-1] == other]
    assert len(places) == 5
    assert max(places) <= AT_ONCE + 2 * 5


async def test_a_raid_from_many_names_has_the_share_of_one_room(crowd):
    for number in range(45):
        crowd.come(2, "c", "raid", f"raider {number}")
    crowd.come(5, "c", "room", "other")

    await crowd.until_done()

    places = [place for place, request in enumerate(crowd.served) if request[1] == "room"]
    assert max(places) <= AT_ONCE + 2 * 5


async def test_when_the_queue_is_full_the_longest_line_gives_way(crowd, metrics):
    crowd.come(5, "c", "room", "other")
    crowd.come(200, "c", "raid", "raider")

    await crowd.until_done()

    assert {request[1] for request in crowd.sent_away} == {"raid"}
    assert len(crowd.served) == 100 + AT_ONCE
    dropped = 5 + 200 - 100 - AT_ONCE
    line = f'countersign_dropped_requests_total{{reason="crowded"}} {dropped:.1f}'
    assert line in metrics.render().decode()


async def test_a_request_that_waited_too_long_is_refused(crowd, clock, queue):
    crowd.come(AT_ONCE + 4, "c", "room", "requester")
    await asyncio.sleep(0)
    clock.advance(STALE_SECONDS + 0.1)

    await crowd.until_done()

    assert (len(crowd.served), len(crowd.sent_away)) == (AT_ONCE, 4)


async def test_under_stress_the_newest_go_first(crowd, clock):
    crowd.come(5 * AT_ONCE, "c", "room", "requester")
    await asyncio.sleep(0)
    clock.advance(STRESS_SECONDS + 0.1)

    await crowd.until_done()

    waited = [number for *_, number in crowd.served[AT_ONCE:]]
    assert waited == sorted(waited, reverse=True)


async def test_a_cancelled_request_takes_no_turn(crowd):
    crowd.come(3 * AT_ONCE, "c", "room", "requester")
    await asyncio.sleep(0)
    for task in crowd.tasks[AT_ONCE : 2 * AT_ONCE]:
        task.cancel()

    await asyncio.gather(*crowd.tasks, return_exceptions=True)

    assert len(crowd.served) == 2 * AT_ONCE


async def _let_through(crowd, clock, round_seconds):
    """Return how many requests each of ten rounds of this length lets through."""
    counts = []
    for _ in range(10):
        before = len(crowd.served)
        clock.advance(round_seconds)
        await asyncio.sleep(0)
        counts.append(len(crowd.served) - before)
    return counts


async def test_short_rounds_let_more_through_up_to_a_limit(crowd, clock):
    crowd.queue = FairQueue(clock, PrometheusMetrics(), max_waiting=1_000)
    crowd.come(500, "community", "room", "requester")
    await asyncio.sleep(0)

    counts = await _let_through(crowd, clock, ROUND_SECONDS / 3)

    assert max(counts) == MAX_PER_ROUND
    assert counts[-3:] == [MAX_PER_ROUND] * 3


@pytest.mark.parametrize(
    ("seconds_each", "pass_at_once"),
    [
        pytest.param(ROUND_SECONDS / 10, MAX_PER_ROUND, id="short ones, up to a limit"),
        pytest.param(ROUND_SECONDS / 6.5, 6, id="as many as fit"),
        pytest.param(ROUND_SECONDS, AT_ONCE, id="long ones"),
    ],
)
async def test_a_round_lets_several_requests_through_while_none_wait(
    queue, clock, seconds_each, pass_at_once
):
    passed = 0
    for _ in range(2 * MAX_PER_ROUND):
        asking = queue.wait("community", "room", "requester")
        try:
            asking.send(None)
        except StopIteration:
            passed += 1
            clock.advance(seconds_each)
        else:
            asking.close()

    assert passed == pass_at_once


async def test_one_request_is_let_through_after_a_long_round(crowd, clock):
    crowd.queue = FairQueue(clock, PrometheusMetrics(), max_waiting=1_000)
    crowd.come(500, "community", "room", "requester")
    await _let_through(crowd, clock, ROUND_SECONDS / 3)

    counts = await _let_through(crowd, clock, 2 * MAX_PER_ROUND * ROUND_SECONDS)

    assert counts[2:] == [PER_ROUND] * 8
