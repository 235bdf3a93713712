"""Tests of the memory limit for bodies: the oldest of the same part gives way."""

import asyncio

import pytest

from countersign.service.limits.known_clients import UNKNOWN_CLIENT, Client
from countersign.web.http.answers import Answer
from countersign.web.http.body_memory import (
    OTHER,
    SMALL_BODY_BYTES,
    BodyMemory,
    PartLimits,
    PurposeLimits,
)
from countersign.web.http.connections import EdgeLimits
from tests.waiting import until
from tests.web.http.test_protocol import echo
from tests.web.wire import Wire, written

KIB = 1024
LIMITS = PurposeLimits(
    small_members=PartLimits(in_all=400 * KIB, per_owner=200 * KIB),
    small_strangers=PartLimits(in_all=400 * KIB, per_owner=200 * KIB),
    large_members=PartLimits(in_all=800 * KIB, per_owner=400 * KIB),
    large_strangers=PartLimits(in_all=800 * KIB, per_owner=400 * KIB),
)
MEMBER = Client("203.0.113.1", "203.0.113.0/24")


class Bodies:
    """A memory, and who gave way in it."""

    def __init__(self):
        self.gave_way = []
        self.memory = BodyMemory(
            {OTHER: LIMITS, "sign": LIMITS},
            purposes={b"/sign": "sign"},
            client_of=lambda scope: scope["client"],
            member_at=lambda client: "example.org" if client == MEMBER else None,
        )

    def hold(self, name, size, client=UNKNOWN_CLIENT, *, path=b"/", content_length=None):
        """Hold so many bytes, which came a few at a time."""
        body = self.memory.hold(
            {"raw_path": path, "client": client},
            content_length,
            lambda: self.gave_way.append(name),
        )
        for start in range(0, size, 10 * KIB):
            if name not in self.gave_way:
                body.add(min(10 * KIB, size - start))
        return body


def network(number):
    return Client(f"198.51.{number}.1", f"198.51.{number}.0/24")


@pytest.fixture
def bodies():
    return Bodies()


def test_bodies_that_fit_are_held_and_released(bodies):
    held = [bodies.hold(number, 60 * KIB) for number in range(6)]
    assert bodies.memory.held_bytes(OTHER) == 360 * KIB

    for body in held:
        body.release()
        body.release()

    assert (bodies.gave_way, bodies.memory.held_bytes(OTHER)) == ([], 0)


def test_the_oldest_body_gives_way(bodies):
    for number in range(8):
        bodies.hold(number, 60 * KIB)

    assert bodies.gave_way == [0, 1]
    assert bodies.memory.held_bytes(OTHER) == 360 * KIB


def test_a_network_has_a_share_and_fills_no_more_than_that(bodies):
    bodies.hold("bystander", 60 * KIB, network(1))
    for number in range(100):
        bodies.hold(number, 60 * KIB, network(2))

    assert bodies.gave_way == list(range(97))


def test_strangers_of_any_number_of_networks_take_nothing_of_a_members_part(bodies):
    bodies.hold("member", 60 * KIB, MEMBER)
    for number in range(200):
        bodies.hold(number, 60 * KIB, network(number))
        bodies.hold(number, 300 * KIB, network(number))
        bodies.hold(number, 60 * KIB)

    assert "member" not in bodies.gave_way
    assert bodies.memory.held_bytes(OTHER) <= (400 + 800 + 60) * KIB


def test_a_member_cannot_exceed_its_share(bodies):
    for number in range(10):
        bodies.hold(number, 60 * KIB, MEMBER)

    assert bodies.gave_way == list(range(7))


@pytest.mark.parametrize("is_declared", [True, False])
def test_large_bodies_take_nothing_of_what_small_ones_need(bodies, is_declared):
    bodies.hold("small", SMALL_BODY_BYTES)
    for number in range(20):
        size = 300 * KIB
        bodies.hold(number, size, content_length=size if is_declared else None)

    assert "small" not in bodies.gave_way
    assert bodies.gave_way == list(range(18))
    assert bodies.memory.held_bytes(OTHER) == (600 + 64) * KIB


def test_a_body_declared_large_never_counts_as_small(bodies):
    bodies.hold("small", SMALL_BODY_BYTES, content_length=SMALL_BODY_BYTES)
    for number in range(20):
        bodies.hold(number, 60 * KIB, content_length=SMALL_BODY_BYTES + 1)

    assert bodies.gave_way == list(range(7))


def test_other_endpoints_take_nothing_of_what_signing_needs(bodies):
    bodies.hold("sign", 60 * KIB, path=b"/sign")
    for number in range(20):
        bodies.hold(number, 60 * KIB)

    assert "sign" not in bodies.gave_way
    assert bodies.memory.held_bytes("sign") == 60 * KIB


def test_a_body_beyond_its_share_gives_way_itself(bodies):
    bodies.hold("whale", 900 * KIB, content_length=900 * KIB)

    assert (bodies.gave_way, bodies.memory.held_bytes(OTHER)) == (["whale"], 0)


# Over the wire.


async def close(wires):
    for wire in wires:
        wire.writer.close()
    await asyncio.gather(*(wire.writer.wait_closed() for wire in wires), return_exceptions=True)


def small_memory():
    part = PartLimits(in_all=200_000, per_owner=200_000)
    return BodyMemory(
        {
            OTHER: PurposeLimits(
                small_members=part, small_strangers=part, large_members=part, large_strangers=part
            )
        }
    )


async def test_stalled_uploads_give_way_to_who_sends_at_once(serve):
    bodies = small_memory()
    bound = await serve(echo, bodies=bodies)
    stalled = [await Wire.to(bound) for _ in range(20)]
    for wire in stalled:
        await wire.say(written("POST", "/", {"Content-Length": "60000"}), b"x" * 59_000)

    for size in (10, 60_000, 0, 60_000):
        async with await Wire.to(bound) as wire:
            await wire.say(written("POST", "/", body=b"x" * size))
            assert (await wire.hear()).json["body_bytes"] == size

    assert bodies.held_bytes(OTHER) <= 200_000
    answer = await stalled[0].hear()
    assert (answer.status, answer.errcode) == (503, "M_UNKNOWN")
    assert (answer.headers["retry-after"], answer.headers["connection"]) == ("1", "close")
    await close(stalled)


async def test_a_whole_body_that_waits_for_others_gives_way_too(serve):
    """A stranger's keys may take seconds to come, and its body is held for as long."""
    was_cancelled = asyncio.Event()

    async def waits(scope, receive, send):
        message = await receive()
        if scope["path"] == "/slow":
            try:
                await asyncio.Event().wait()
            finally:
                was_cancelled.set()
        await Answer(200, {"bytes": len(message["body"])})(scope, receive, send)

    bound = await serve(waits, bodies=small_memory())
    slow = [await Wire.to(bound) for _ in range(4)]
    for wire in slow:
        await wire.say(written("POST", "/slow", body=b"x" * 60_000))
    async with await Wire.to(bound) as wire:
        await wire.say(written("POST", "/", body=b"x" * 60_000))
        assert (await wire.hear()).status == 200

    assert (await slow[0].hear()).status == 503
    async with asyncio.timeout(60):
        await was_cancelled.wait()
    await close(slow)


async def test_bodies_that_are_pipelined_behind_a_slow_request_are_counted(serve, caplog):
    async def slow(scope, receive, send):
        await asyncio.Event().wait()

    bodies = small_memory()
    bound = await serve(slow, EdgeLimits(answer_seconds=0.5), bodies=bodies)
    wires = [await Wire.to(bound) for _ in range(20)]
    for wire in wires:
        await wire.say(written("GET", "/") + 3 * written("POST", "/", body=b"x" * 9_000))
    await until(lambda: bodies.held_bytes(OTHER) > 0)
    async with asyncio.timeout(60):
        assert await wires[0].hear_the_end() == b""

    assert bodies.held_bytes(OTHER) <= 200_000
    await close(wires)
    async with asyncio.timeout(60):
        while bodies.held_bytes(OTHER):  # noqa: ASYNC110 - no event tells of it
            await asyncio.sleep(0.01)
    assert caplog.records == []


async def test_a_body_that_nobody_reads_is_counted_and_forgotten_with_the_answer(serve):
    go_on = asyncio.Event()

    async def deaf(scope, receive, send):
        await go_on.wait()
        await Answer(200, {})(scope, receive, send)

    bodies = small_memory()
    bound = await serve(deaf, bodies=bodies)
    async with await Wire.to(bound) as wire:
        await wire.say(written("GET", "/", body=b"x" * 50_000))
        async with asyncio.timeout(60):
            while bodies.held_bytes(OTHER) < 50_000:  # noqa: ASYNC110 - no event tells of it
                await asyncio.sleep(0.01)
        go_on.set()
        assert (await wire.hear()).status == 200
        assert bodies.held_bytes(OTHER) == 0
