"""Tests of signing in to the dashboard from a management room."""

import re

import pytest

from countersign.service.commands.actors.browser_sign_ins import SignInRefused
from tests.service.management.management_room import come_in, managing


@pytest.fixture
async def room(world, tmp_path):
    await come_in(world)
    async with managing(world, tmp_path) as room:
        yield room


async def test_a_code_is_answered_with_a_warning_and_no_number(room):
    sign_ins = room.commands.browser_sign_ins
    secret, sign_in = await sign_ins.begin(network="192.0.2.0/24", browser="Firefox on Linux")

    answer = await room.answer_to(room.mod, f"!cs sign-in {sign_in.code}")

    assert not re.search(r"\b\d{6}\b", answer)
    assert "Firefox on Linux" in answer
    assert "moderator" in answer
    assert "192.0.2" not in answer
    assert "If somebody else gave you the code" in answer
    with pytest.raises(SignInRefused, match="number has not been written"):
        await sign_ins.finish(secret)


async def test_the_number_of_the_browser_written_by_the_same_person_lets_it_in(room):
    sign_ins = room.commands.browser_sign_ins
    secret, sign_in = await sign_ins.begin(network="", browser="Firefox on Linux")
    await room.answer_to(room.mod, f"!cs sign-in {sign_in.code}")
    number = (await sign_ins.find(secret)).number

    lead = room.world.alice.user()
    assert "Not done: No browser" in await room.answer_to(lead, f"!cs sign-in {number}")
    answer = await room.answer_to(room.mod, f"!cs sign-in {number[:3]} {number[3:]}")

    assert "may act in your name" in answer
    assert "!cs sign-out" in answer
    assert (await sign_ins.finish(secret)).approved_by == room.mod


async def test_a_user_without_a_role_approves_nothing(room):
    sign_ins = room.commands.browser_sign_ins
    secret, sign_in = await sign_ins.begin(network="", browser="")

    answer = await room.answer_to(room.bob, f"!cs sign-in {sign_in.code}")

    assert "no role here" in answer
    with pytest.raises(SignInRefused, match="Nobody has written"):
        await sign_ins.finish(secret)


async def test_a_wrong_code_and_none_say_what_to_do(room):
    assert "Open the dashboard's sign-in page" in await room.answer_to(room.mod, "!cs sign-in")
    assert "No browser waits" in await room.answer_to(room.mod, "!cs sign-in AAAA-BBBB")


async def test_signing_out_ends_what_was_approved(room):
    sign_ins = room.commands.browser_sign_ins
    secret, sign_in = await sign_ins.begin(network="", browser="")
    await room.answer_to(room.mod, f"!cs sign-in {sign_in.code}")
    number = (await sign_ins.find(secret)).number
    await room.answer_to(room.mod, f"!cs sign-in {number}")

    assert "Signed out" in await room.answer_to(room.mod, "!cs sign-out")
    with pytest.raises(SignInRefused):
        await sign_ins.finish(secret)
