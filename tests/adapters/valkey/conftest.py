"""A Valkey server for the tests of this folder, and counters on it with a clock that tests set."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from countersign.adapters.memory.counters import MemoryCounters
from countersign.adapters.metrics import PrometheusMetrics
from countersign.adapters.valkey import client as client_module
from countersign.adapters.valkey import operations
from countersign.adapters.valkey.client import ValkeyClient
from countersign.adapters.valkey.counters import SharedCounters
from countersign.adapters.valkey.scripts import Library, counting_source
from countersign.ports.shared_memory import SharedMemoryAddress
from countersign.testing.clocks import ManualClock
from tests.valkey_servers import find_redis, running_server
from tests.waiting import until

BEGINNING = "countersign:policy.example.org:"
PROBED = f"{BEGINNING}{{probe}}:"
COMMUNITIES = ("default", "other")
MOVED = "moved-ms"


@pytest.fixture(scope="session")
def valkey_process(tmp_path_factory):
    with running_server(tmp_path_factory.mktemp("valkey")) as server:
        yield server


@pytest.fixture(scope="session")
def redis_process(tmp_path_factory):
    with running_server(tmp_path_factory.mktemp("redis"), program=find_redis()) as server:
        yield server


@pytest.fixture
def server(request):
    """An empty server: Valkey, or the one that a test's parameter names."""
    process = request.getfixturevalue(f"{getattr(request, 'param', 'valkey')}_process")
    with process.client() as inspector:
        inspector.flushall()
        yield process


on_both = pytest.mark.parametrize("server", ["valkey", "redis"], indirect=True)
"""Runs a test on Valkey and on Redis."""


def moved_source():
    """Return the function's source, with a clock that is ahead by the value of a key."""
    source = counting_source()
    asks = "local time = call('TIME')\n"
    assert source.count(asks) == 1
    return source.replace(
        asks, f"{asks}  time[1] = time[1] + (tonumber(call('GET', '{MOVED}')) or 0) / 1000\n"
    )


class Opened:
    """Counters on a server, one for each simulated process."""

    def __init__(self, stack, source):
        self._stack = stack
        self.library = Library.of(source)
        self.clients = []

    async def open(self, url, **options):
        client = ValkeyClient(
            SharedMemoryAddress.parse(url),
            library=self.library,
            name="test",
            probe_prefix=PROBED,
            probe=operations.probe(),
            channel=f"{BEGINNING}told",
            **options,
        )
        task = asyncio.create_task(client.run())

        async def end():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        self._stack.push_async_callback(end)
        self.clients.append(client)
        return client

    async def counters(self, url, **options):
        client = await self.open(url, **options)
        return self.over(client)

    def over(self, client):
        return SharedCounters(
            client,
            MemoryCounters(ManualClock()),
            key_prefix=BEGINNING,
            counted_alone=PrometheusMetrics().counter("countersign_test_total", "A test."),
            communities=lambda: COMMUNITIES,
        )


async def quiet(clients):
    """Wait until the server has done all that it was told, also what it replied nothing to."""
    await until(lambda: not any(client.is_busy for client in clients))
    for client in clients:
        replied = asyncio.Event()
        client.run_operation(PROBED, operations.probe(), lambda _, it=replied: it.set())
        await replied.wait()


@pytest.fixture
async def opened():
    async with AsyncExitStack() as stack:
        yield Opened(stack, counting_source())


@pytest.fixture
def patient(monkeypatch):
    """Wait for replies without a short time limit, for tests on other subjects."""
    monkeypatch.setattr(client_module, "ANSWER_WITHIN_SECONDS", 10.0)


@pytest.fixture
async def moved(patient):
    async with AsyncExitStack() as stack:
        yield Opened(stack, moved_source())
