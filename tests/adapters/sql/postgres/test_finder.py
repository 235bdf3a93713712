"""Tests of look-ups that share statements, with a pool that answers when the test says so."""

import asyncio

import pytest

from countersign.adapters.sql.postgres.finder import Finder
from tests.waiting import PATIENCE_SECONDS, until


class GatedPool:
    """Reads nothing; answers all who wait in one round of the event loop."""

    def __init__(self):
        self.waiting = 0
        self.may_answer = asyncio.Event()

    async def read(self, _):
        self.waiting += 1
        await self.may_answer.wait()
        return []


@pytest.mark.parametrize("rounds", range(8))
async def test_a_look_up_that_begins_as_the_others_end_is_answered(rounds):
    pool = GatedPool()
    finder = Finder(
        pool, "SELECT", arguments=lambda keys: (list(keys),), key_of=lambda row: row["key"]
    )
    first = asyncio.ensure_future(finder.find(1))
    await until(lambda: pool.waiting == 1)
    second = asyncio.ensure_future(finder.find(2))
    await until(lambda: pool.waiting == 2)
    pool.may_answer.set()
    for _ in range(rounds):
        await asyncio.sleep(0)

    async with asyncio.timeout(PATIENCE_SECONDS):
        assert await finder.find(3) is None
    assert (await first, await second) == (None, None)
