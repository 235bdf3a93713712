"""Tests of child processes, on the event loops that servers and commands run."""

import asyncio
import sys

import pytest
import uvloop

from countersign.adapters.child_processes import JsonChildren
from countersign.ports.child_processes import ChildFailed


@pytest.fixture(params=["asyncio", "uvloop"])
def run(request):
    """Return how a coroutine is run to its end."""
    factory = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}[request.param]

    def run(work):
        with asyncio.Runner(loop_factory=factory) as runner:
            return runner.run(work)

    return run


def test_a_process_that_ended_before_its_first_request_has_failed(run, monkeypatch):
    create = asyncio.create_subprocess_exec

    async def create_late(*arguments, **options):
        process = await create(*arguments, **options)
        await process.wait()
        while not process.stdin.is_closing():  # noqa: ASYNC110 - nothing else tells
            await asyncio.sleep(0.01)
        return process

    async def ask():
        child = await JsonChildren([sys.executable, "-c", "raise SystemExit(3)"]).start({"a": 1})
        return [line async for line in child.read_output()]

    monkeypatch.setattr(asyncio, "create_subprocess_exec", create_late)
    with pytest.raises(ChildFailed, match="status 3"):
        run(ask())
