"""Tests of writes of several callers in one transaction."""

import asyncio

import pytest

from countersign.adapters.sql.grouped_writes import GroupedWrites
from countersign.ports.errors import StoreUnavailable
from countersign.ports.stores.processes.leases import FENCE, Lease


class Transactions:
    """A database that keeps what each transaction wrote; it refuses the item `bad`."""

    def __init__(self):
        self.written = []
        self.fences = []
        self.grouped = GroupedWrites(self, self._insert)

    async def write(self, work):
        await asyncio.sleep(0.001)
        work(None)

    def _insert(self, connection, items):
        if "bad" in items:
            raise StoreUnavailable("refused")
        self.written.append(list(items))
        self.fences.append(FENCE.get())

    async def add(self, *items):
        adding = [self.grouped.add(each) for each in items]
        return await asyncio.gather(*adding, return_exceptions=True)


@pytest.fixture
def transactions():
    return Transactions()


async def test_items_of_one_round_and_those_that_wait_are_written_together(transactions):
    first = asyncio.create_task(transactions.add(1, 2))
    await asyncio.sleep(0.0005)
    await asyncio.gather(first, transactions.add(3), transactions.add(4))

    assert transactions.written == [[1, 2], [3, 4]]
    await transactions.add(5)
    assert transactions.written[2:] == [[5]]


async def test_an_item_that_is_refused_fails_alone(transactions):
    done = await transactions.add(1, "bad", 2)

    assert [type(each) for each in done] == [type(None), StoreUnavailable, type(None)]
    assert transactions.written == [[1], [2]]


async def test_a_leaders_items_are_written_apart(transactions):
    lease = Lease(holder="us", epoch=3, beat=1)

    async def lead():
        FENCE.set(lease)
        await transactions.add(2, 3)

    await asyncio.gather(transactions.add(1), asyncio.create_task(lead()))

    written = zip(transactions.fences, transactions.written, strict=True)
    assert sorted(written, key=str) == sorted([(None, [1]), (lease, [2, 3])], key=str)


async def test_a_caller_that_is_cancelled_holds_up_nobody(transactions):
    one = asyncio.create_task(transactions.add(1))
    await asyncio.sleep(0)
    one.cancel()

    assert await transactions.add(2) == [None]
