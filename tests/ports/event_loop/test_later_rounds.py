"""Tests of calls in later rounds of the event loop."""

import asyncio

from countersign.ports.event_loop.later_rounds import call_after_rounds


async def test_work_comes_after_what_its_round_leads_to():
    order = []

    async def answer():
        order.append("woken")
        await asyncio.sleep(0)
        order.append("answered")

    call_after_rounds(2, lambda: order.append("after two rounds"))
    call_after_rounds(3, lambda: order.append("after three rounds"))
    await answer()
    assert order == ["woken", "answered"]
    await asyncio.sleep(0)
    assert order == ["woken", "answered", "after two rounds"]
    await asyncio.sleep(0)
    assert order[3:] == ["after three rounds"]
