"""Tests of sign-in by a code that is written in a room."""

import asyncio

import pytest

from countersign.ports.actors import Actor, ActorKind, Face, Role, Scope
from countersign.protocol.errors import BadJson
from countersign.service.commands.actors import browser_sign_ins
from countersign.service.commands.actors.audit import AuditLog
from countersign.service.commands.actors.browser_sign_ins import (
    LASTS_MS,
    MAX_PER_NETWORK,
    MAX_TRIES,
    BrowserSignIns,
    SignInRefused,
)
from countersign.service.commands.actors.command_group import CommandNeeds
from countersign.service.commands.actors.permissions import Permissions
from countersign.service.errors import Forbidden, NotFound
from countersign.testing.clocks import ManualClock, RepeatableRandomness


def actor(name, role=Role.MODERATOR):
    scopes = () if role is None else (Scope(role=role, community="default"),)
    return Actor(name=name, kind=ActorKind.MODERATOR, face=Face.ROOM, scopes=scopes)


ERIN, MALLORY = actor("@erin:example.org"), actor("@mallory:example.org", Role.READ)


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def sign_ins(world, clock):
    permissions = Permissions(policies=None, require_active=lambda _: None)
    needs = CommandNeeds(permissions, AuditLog(world.stores.audit, clock), clock)
    return BrowserSignIns(needs, world.stores.sign_ins, RepeatableRandomness())


async def begin(sign_ins, network="192.0.2.0/24"):
    return await sign_ins.begin(network=network, browser="Firefox on Linux")


async def number_of(sign_ins, secret):
    """Return the number as the browser shows it."""
    return (await sign_ins.find(secret)).number


async def test_the_code_and_then_the_number_in_the_room_let_in(sign_ins):
    secret, sign_in = await begin(sign_ins)
    assert sign_in.number == ""

    await sign_ins.approve(ERIN, f" {sign_in.code.lower().replace('-', '')}".strip())
    number = await number_of(sign_ins, secret)
    assert len(number) == 6
    await sign_ins.confirm(ERIN, number)

    assert (await sign_ins.finish(secret)).approved_by == ERIN.name


async def test_without_the_code_in_the_room_nobody_gets_in(sign_ins):
    secret, _ = await begin(sign_ins)

    with pytest.raises(SignInRefused, match="Nobody has written the code"):
        await sign_ins.finish(secret)
    with pytest.raises(NotFound):
        await sign_ins.confirm(ERIN, "")


async def test_writing_a_strangers_code_lets_nobody_in(sign_ins):
    """A stranger has no use for what the room says, and our warning comes first."""
    secret, sign_in = await begin(sign_ins)
    await sign_ins.approve(ERIN, sign_in.code)

    with pytest.raises(SignInRefused, match="number has not been written"):
        await sign_ins.finish(secret)


async def test_the_number_counts_only_from_who_wrote_the_code(sign_ins):
    secret, sign_in = await begin(sign_ins)
    await sign_ins.approve(ERIN, sign_in.code)
    number = await number_of(sign_ins, secret)

    with pytest.raises(NotFound):
        await sign_ins.confirm(MALLORY, number)

    with pytest.raises(SignInRefused):
        await sign_ins.finish(secret)
    await sign_ins.confirm(ERIN, number)  # wrong tries of others are not Erin's


async def test_another_browser_has_no_use_for_code_and_number(sign_ins):
    """Whoever reads the room sees both, and has not the browser."""
    secret, sign_in = await begin(sign_ins)
    others, _ = await begin(sign_ins, "198.51.100.0/24")
    await sign_ins.approve(ERIN, sign_in.code)
    await sign_ins.confirm(ERIN, await number_of(sign_ins, secret))

    for other in (others, "", "x", sign_in.code):
        with pytest.raises(SignInRefused):
            await sign_ins.finish(other)


async def test_a_number_can_be_guessed_three_times_even_at_once(sign_ins):
    secret, sign_in = await begin(sign_ins)
    await sign_ins.approve(ERIN, sign_in.code)
    number = await number_of(sign_ins, secret)
    wrong = [f"{(int(number) + 1 + each) % 10**6:06}" for each in range(MAX_TRIES)]

    done = await asyncio.gather(
        *(sign_ins.confirm(ERIN, each) for each in (*wrong, number)), return_exceptions=True
    )

    assert [type(each) for each in done] == [NotFound] * (MAX_TRIES + 1)
    with pytest.raises(SignInRefused, match="has ended"):
        await sign_ins.finish(secret)


async def signed_in(sign_ins, who=ERIN):
    """Have somebody write code and number; return the browser's secret and the sign-in."""
    secret, sign_in = await begin(sign_ins)
    await sign_ins.approve(who, sign_in.code)
    return secret, await sign_ins.confirm(who, await number_of(sign_ins, secret))


async def test_a_sign_in_lets_in_once(sign_ins):
    secret, sign_in = await signed_in(sign_ins)
    done = await asyncio.gather(
        *(sign_ins.finish(secret) for _ in range(3)), return_exceptions=True
    )

    assert sorted(type(each).__name__ for each in done) == [
        "BrowserSignIn", "SignInRefused", "SignInRefused",
    ]  # fmt: skip
    with pytest.raises(NotFound):
        await sign_ins.approve(MALLORY, sign_in.code)


async def test_nobody_takes_over_what_another_approved(sign_ins):
    secret, sign_in = await begin(sign_ins)
    await sign_ins.approve(ERIN, sign_in.code)

    with pytest.raises(BadJson, match="used already"):
        await sign_ins.approve(MALLORY, sign_in.code)
    assert (await sign_ins.find(secret)).approved_by == ERIN.name


async def test_a_sign_in_request_ends_after_five_minutes_approved_or_not(sign_ins, clock):
    secret, sign_in = await begin(sign_ins)
    clock.advance(LASTS_MS / 1_000 - 1)
    assert sign_ins.minutes_left(sign_in) == 1
    await sign_ins.approve(ERIN, sign_in.code)
    number = await number_of(sign_ins, secret)
    _, late = await begin(sign_ins)
    clock.advance(1)

    with pytest.raises(NotFound):
        await sign_ins.confirm(ERIN, number)
    with pytest.raises(SignInRefused, match="has ended"):
        await sign_ins.finish(secret)
    assert (await sign_ins.approve(ERIN, late.code)).approved_by == ERIN.name


@pytest.mark.parametrize("code", ["", "-", "AAAA-AAAA", "é" * 8, "x" * 2_000])
async def test_a_code_that_no_browser_shows_is_none(sign_ins, code):
    await begin(sign_ins)

    with pytest.raises(NotFound):
        await sign_ins.approve(ERIN, code)


async def test_a_user_without_a_role_approves_nothing(sign_ins):
    _, sign_in = await begin(sign_ins)

    with pytest.raises(Forbidden):
        await sign_ins.approve(actor("@eve:example.org", None), sign_in.code)


async def test_a_network_has_a_few_at_once_and_all_together_are_bounded(
    sign_ins, clock, monkeypatch
):
    monkeypatch.setattr(browser_sign_ins, "MAX_WAITING", 20)
    victim, victims = await begin(sign_ins, "203.0.113.0/24")
    mine = []
    for _ in range(MAX_PER_NETWORK + 1):
        clock.advance(0.001)
        mine.append((await begin(sign_ins))[0])

    assert await sign_ins.find(mine[0]) is None
    for secret in mine[1:]:
        assert await sign_ins.find(secret)
    assert await sign_ins.find(victim) == victims
    for number in range(20):
        clock.advance(0.001)
        await begin(sign_ins, f"n{number}")
    assert await sign_ins.find(victim) is None


@pytest.mark.parametrize("is_confirmed", [False, True])
async def test_signing_out_ends_what_was_approved(sign_ins, is_confirmed):
    secret, sign_in = await begin(sign_ins)
    await sign_ins.approve(ERIN, sign_in.code)
    number = await number_of(sign_ins, secret)
    if is_confirmed:
        await sign_ins.confirm(ERIN, number)

    await sign_ins.sign_out(ERIN)

    with pytest.raises(NotFound):
        await sign_ins.confirm(ERIN, number)
    with pytest.raises(SignInRefused):
        await sign_ins.finish(secret)
