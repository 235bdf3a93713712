"""Tests of `countersign reviews` on the database, without a server."""

import asyncio
import time
from dataclasses import replace

from countersign.bootstrap.stores import open_stores
from countersign.config import read_config
from countersign.service.commands.review.incidents import MAX_REFUSALS
from countersign.testing.records import FINDING, REFUSE, make_recorded


async def fill(home, count):
    """Store so many refusals, all of them hardly carried by evidence."""
    finding = replace(FINDING, weight=10)
    refused = replace(REFUSE, findings=(finding,), score=10, threshold=10)
    now_ts = time.time_ns() // 1_000_000
    async with open_stores(read_config(home.config)) as stores:
        await asyncio.gather(
            *(
                stores.decisions.record(
                    replace(make_recorded(number, refused), decided_ts=now_ts - number)
                )
                for number in range(count)
            )
        )


async def test_the_list_says_that_older_refusals_are_left_out(home):
    await fill(home, MAX_REFUSALS - 1)
    whole = await asyncio.to_thread(home.run, "reviews", "list")
    await fill(home, MAX_REFUSALS + 1)
    cut = await asyncio.to_thread(home.run, "reviews", "list")

    assert (whole.status, cut.status) == (0, 0), cut.err
    assert "open" in cut.out
    assert "only" not in whole.out
    assert "Of the latest 3,000 refusals only." in cut.out
