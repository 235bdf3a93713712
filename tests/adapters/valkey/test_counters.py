"""The contract suite of the counters, on a real Valkey or Redis server."""

import pytest

from countersign.ports.counters import RESERVED_FOR_MS, AlreadySettled, Settlement
from tests.adapters.valkey.conftest import MOVED, on_both, quiet, until
from tests.contracts.counted_events import BOB, LINK, RATE, look, make_event, units
from tests.contracts.counters import CounterContract


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


@on_both
async def test_an_event_that_was_settled_a_moment_ago_is_not_counted_again(server, moved):
    one, other = [moved.over(await moved.open(server.url)) for _ in range(2)]
    for client in moved.clients:
        await until(lambda client=client: client.is_up)
    event = make_event("first")
    await one.reserve(event, [RATE, LINK])
    await other.reserve(event, [RATE, LINK])  # while it is pending, it has the same answers
    one.settle(event.key, Settlement.SIGNED)
    await quiet(moved.clients)

    for _ in range(2):
        with pytest.raises(AlreadySettled):
            await other.reserve(event, [RATE, LINK])
    other.cancel(event.key)
    await quiet(moved.clients)

    assert await units(one, RATE, BOB) == 1
    assert (await look(one, LINK)).by_sender == 1

    with server.client() as inspector:
        inspector.incrby(MOVED, RESERVED_FOR_MS)
        await look(one, RATE)  # each call removes what is too old
        reserved = "countersign:policy.example.org:{default}:reserved"
        assert inspector.hget(reserved, event.key) is None
        assert not any(event.key in key for key in inspector.hkeys(reserved))
        assert inspector.zscore(f"{reserved}:times", event.key) is None
