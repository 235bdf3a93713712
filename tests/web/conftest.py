"""Listeners on loopback, on both event loops that people run."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import uvloop
from starlette.types import ASGIApp

from countersign.web.connections import EdgeLimits
from countersign.web.listeners import Bound, Certificate, ListenAt, Listeners

Serve = Callable[..., Awaitable[Bound]]


def pytest_asyncio_loop_factories(config, item):
    return {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Serve an application at a free port until the test ends."""
    running: list[Listeners] = []

    async def start(
        app: ASGIApp,
        limits: EdgeLimits | None = None,
        certificate: Certificate | None = None,
    ) -> Bound:
        listeners = Listeners(app, limits)
        running.append(listeners)
        at = ListenAt(address="127.0.0.1", port=0, certificate=certificate)
        return (await listeners.start([at]))[0]

    yield start
    for listeners in running:
        await listeners.stop(within_seconds=0.2)
