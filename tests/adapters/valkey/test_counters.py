"""The contract suite of the counters, on a real Valkey or Redis server."""

import pytest

from countersign.testing.counter_contract import CounterContract
from tests.adapters.valkey.conftest import MOVED, on_both, quiet, until


@on_both
class TestContract(CounterContract):
    @pytest.fixture
    async def open_counters(self, server, moved):
        clients = [await moved.open(server.url) for _ in range(3)]
        for client in clients:
            await until(lambda client=client: client.is_up)
        every = iter([moved.over(client) for client in clients])
        last = []

        def open_one():
            last[:] = [next(every, None) or last[0]]
            return last[0]

        return open_one

    @pytest.fixture
    def let_pass(self, server, moved):
        async def let_pass(seconds):
            # What was said without waiting is said before time passes.
            await quiet(moved.clients)
            with server.client() as inspector:
                inspector.incrby(MOVED, round(seconds * 1_000))

        return let_pass
