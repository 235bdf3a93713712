"""Tests of finding the code that blocks the event loop."""

import asyncio
import threading
from pathlib import Path

import pytest
import structlog

from countersign.adapters.metrics import PrometheusMetrics
from countersign.service.health import loop_holders
from countersign.service.health.loop_holders import (
    held_counter,
    sample_loop_holders,
    watch_loop_holders,
)
from tests.waiting import PATIENCE_SECONDS


@pytest.fixture
def sampled(monkeypatch):
    """Set once the watching thread has looked twice."""
    seen = threading.Semaphore(0)
    original = loop_holders._Sampler._our_frames

    def look(sampler):
        frames = original(sampler)
        seen.release()
        return frames

    monkeypatch.setattr(loop_holders._Sampler, "_our_frames", look)
    return seen


def hold(sampled):
    """Keep the loop until it was looked at twice."""
    for _ in range(2):
        assert sampled.acquire(timeout=PATIENCE_SECONDS)


async def test_the_place_that_held_the_loop_is_told(sampled):
    told = asyncio.get_running_loop().create_future()
    watching = asyncio.create_task(
        sample_loop_holders(
            lambda held: told.done() or told.set_result(held), Path(__file__).parent
        )
    )
    await asyncio.sleep(0)

    hold(sampled)
    held = await asyncio.wait_for(told, PATIENCE_SECONDS)
    watching.cancel()

    assert held.stack[0].startswith("test_loop_holders.py:")
    assert held.stack[0].endswith(" in hold")
    assert held.seconds >= loop_holders.HELD_SECONDS


async def test_a_blocked_event_loop_is_logged_and_counted_by_package(monkeypatch):
    async def find(note):
        for _ in range(3):
            note(loop_holders.LoopHold(("service/rooms/x.py:1 in walk",), "service.rooms", 0.5))

    monkeypatch.setattr(loop_holders, "sample_loop_holders", find)
    metrics = PrometheusMetrics()
    with structlog.testing.capture_logs() as logs:
        await watch_loop_holders(held_counter(metrics))

    assert [(entry["place"], entry["milliseconds"]) for entry in logs] == [
        ("service/rooms/x.py:1 in walk", 500)
    ]
    page = metrics.render().decode()
    assert 'countersign_event_loop_held_total{package="service.rooms"} 3.0' in page
    assert page.count("countersign_event_loop_held_total{") < 100
