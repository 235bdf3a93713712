"""A server for the tests of this folder, and counters in it whose clock tests move."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from countersign.adapters.memory.counters import MemoryCounters
from countersign.adapters.metrics import PrometheusMetrics
from countersign.adapters.valkey import link as link_module
from countersign.adapters.valkey.counters import SharedCounters
from countersign.adapters.valkey.link import ValkeyLink
from countersign.adapters.valkey.questions import probing
from countersign.adapters.valkey.scripts import counting_script
from countersign.ports.shared_memory import SharedMemoryAddress
from countersign.testing.clocks import ManualClock
from tests.valkey_servers import running_server

BEGINNING = "countersign:policy.example.org:"
COMMUNITIES = ("default", "other")
MOVED = "moved-ms"


@pytest.fixture(scope="session")
def valkey_process(tmp_path_factory):
    with running_server(tmp_path_factory.mktemp("valkey")) as server:
        yield server


@pytest.fixture
def server(valkey_process):
    with valkey_process.client() as client:
        client.flushall()
        yield valkey_process


def moved_script():
    """Return the script, whose clock is ahead by as much as a key says."""
    script = counting_script()
    asks = "local time = call('TIME')\n"
    assert script.count(asks) == 1
    return script.replace(
        asks, f"{asks}  time[1] = time[1] + (tonumber(call('GET', '{MOVED}')) or 0) / 1000\n"
    )


class Opened:
    """Counters over a server, each as another process would hold them."""

    def __init__(self, stack, script):
        self._stack = stack
        self._script = script
        self.links = []

    async def open(self, url, **options):
        link = ValkeyLink(
            SharedMemoryAddress.parse(url),
            script=self._script,
            name="test",
            probed=f"{BEGINNING}{{probe}}:",
            probe=probing(),
            channel=f"{BEGINNING}told",
            **options,
        )
        task = asyncio.create_task(link.run())

        async def end():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        self._stack.push_async_callback(end)
        self.links.append(link)
        return link

    async def counters(self, url, **options):
        link = await self.open(url, **options)
        return self.over(link)

    def over(self, link):
        return SharedCounters(
            link,
            MemoryCounters(ManualClock()),
            beginning=BEGINNING,
            counted_alone=PrometheusMetrics().counter("countersign_test_total", "A test."),
            communities=lambda: COMMUNITIES,
        )


async def until(is_so, seconds=5.0):
    async with asyncio.timeout(seconds):
        while not is_so():  # noqa: ASYNC110 - of many kinds, most of another process
            await asyncio.sleep(0.005)


@pytest.fixture
async def opened():
    async with AsyncExitStack() as stack:
        yield Opened(stack, counting_script())


@pytest.fixture
def patient(monkeypatch):
    """Waits for replies however busy the machine is, for tests that are not about that."""
    monkeypatch.setattr(link_module, "ANSWER_WITHIN_SECONDS", 10.0)


@pytest.fixture
async def moved(patient):
    async with AsyncExitStack() as stack:
        yield Opened(stack, moved_script())
