"""Signing in to the dashboard from a management room."""

import re

import pytest

from countersign.service.commands.actors.browser_sign_ins import SignInRefused
from tests.service.management.management_room import come_in, managing


@pytest.fixture
async def room(world, tmp_path):
    await come_in(world)
    async with managing(world, tmp_path) as room:
        yield room


async def test_a_code_is_answered_with_a_number_and_a_warning(room):
    sign_ins = room.commands.browser_sign_ins
    secret, sign_in = await sign_ins.begin(network="192.0.2.0/24", browser="Firefox on Linux")

    answer = await room.answer_to(room.mod, f"!cs sign-in {sign_in.code}")

    number = re.search(r"\b(\d{6})\b", answer)[1]
    assert "Firefox on Linux" in answer
    assert "moderator" in answer
    assert "192.0.2" not in answer
    assert "If somebody else gave you the code" in answer
    assert await sign_ins.finish(secret, number) == room.mod


async def test_who_has_no_role_gets_no_number(room):
    sign_ins = room.commands.browser_sign_ins
    secret, sign_in = await sign_ins.begin(network="", browser="")

    answer = await room.answer_to(room.bob, f"!cs sign-in {sign_in.code}")

    assert "no role here" in answer
    with pytest.raises(SignInRefused, match="Nobody has written"):
        await sign_ins.finish(secret, "000000")


async def test_a_wrong_code_and_none_say_what_to_do(room):
    assert "Open the dashboard's sign-in page" in await room.answer_to(room.mod, "!cs sign-in")
    assert "No browser waits" in await room.answer_to(room.mod, "!cs sign-in AAAA-BBBB")


async def test_signing_out_ends_what_was_approved(room):
    sign_ins = room.commands.browser_sign_ins
    secret, sign_in = await sign_ins.begin(network="", browser="")
    answer = await room.answer_to(room.mod, f"!cs sign-in {sign_in.code}")
    number = re.search(r"\b(\d{6})\b", answer)[1]

    assert "Signed out" in await room.answer_to(room.mod, "!cs sign-out")
    with pytest.raises(SignInRefused):
        await sign_ins.finish(secret, number)
