"""Tests of state comparison: differences between servers are found without blocking others."""

import asyncio

import pytest

from countersign.service.rooms.sync.catalogues import View
from countersign.service.rooms.sync.state_comparison import STEPS_PER_SLICE, compare

MEMBERS = 20_000


def key_of(event_id):
    return None if event_id.startswith("$unknown") else ("m.room.member", event_id.split(":")[1])


def view(server, *events, disputed=()):
    return View(server=server, standing=frozenset(events), disputed=frozenset(disputed), tip="$tip")


async def findings_of(views, ours, quorum=2):
    return await compare(views, {key_of(each): each for each in ours}, key_of, quorum=quorum)


async def test_equal_views_have_no_differences():
    ours = ["$1:a", "$1:b"]

    assert await findings_of([view("x", *ours), view("y", *ours)], ours) == []
    assert await findings_of([], ours) == []


async def test_each_piece_that_somebody_sees_differently_is_found_in_order():
    views = [
        view("x", "$1:a", "$2:b", "$1:d", "$unknown"),
        view("y", "$1:a", "$2:b", "$1:c", "$1:d", "$2:d"),
    ]

    found = await findings_of(views, ["$1:a", "$1:b", "$1:c"])

    assert [
        (one.key[1], one.own_event_id, one.reported, one.agreed, one.is_agreed) for one in found
    ] == [
        ("b", "$1:b", {"x": "$2:b", "y": "$2:b"}, "$2:b", True),
        ("c", "$1:c", {"x": None, "y": "$1:c"}, None, False),
        ("d", None, {"x": "$1:d"}, "$1:d", False),
    ]


@pytest.mark.parametrize("theirs", ["$1", "$2"])
async def test_comparing_a_large_room_leaves_everybody_turns(theirs):
    steps, most = 0, 0

    def counted(event_id):
        nonlocal steps
        steps += 1
        return key_of(event_id)

    async def watch():
        nonlocal steps, most
        while True:
            most, steps = max(most, steps), 0
            await asyncio.sleep(0)

    ours = {key_of(f"$1:{n}"): f"$1:{n}" for n in range(MEMBERS)}
    views = [
        view("x", *ours.values()),
        view("y", *(f"{theirs}:{n}" for n in range(MEMBERS))),
    ]
    watching = asyncio.create_task(watch())
    found = await compare(views, ours, counted, quorum=2)
    watching.cancel()

    assert len(found) == (0 if theirs == "$1" else MEMBERS)
    assert 0 < most <= 2 * STEPS_PER_SLICE
