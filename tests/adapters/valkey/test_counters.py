"""Counters in a real Valkey server keep the contract."""

import pytest

from countersign.testing.counter_contract import CounterContract
from tests.adapters.valkey.conftest import MOVED, until


class TestContract(CounterContract):
    @pytest.fixture
    async def open_counters(self, server, moved):
        links = [await moved.open(server.url) for _ in range(3)]
        for link in links:
            await until(lambda link=link: link.is_up)
        every = iter([moved.over(link) for link in links])
        last = []

        def open_one():
            last[:] = [next(every, None) or last[0]]
            return last[0]

        return open_one

    @pytest.fixture
    def let_pass(self, server, moved):
        async def let_pass(seconds):
            # What was said without waiting is said before time passes.
            await until(lambda: not any(link.is_busy for link in moved.links))
            with server.client() as client:
                client.incrby(MOVED, round(seconds * 1_000))

        return let_pass
