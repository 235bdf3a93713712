"""Browsers that wait for a code to be written in a room: who gets in, and who never does."""

import pytest

from countersign.ports.actors import Actor, ActorKind, Face, Role, Scope
from countersign.protocol.errors import BadJson
from countersign.service.commands.actors.browser_sign_ins import (
    LASTS_SECONDS,
    MAX_PER_NETWORK,
    MAX_TRIES,
    MAX_WAITING,
    BrowserSignIns,
    SignInRefused,
)
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
def sign_ins(clock):
    permissions = Permissions(policies=None, require_active=lambda _: None)
    return BrowserSignIns(permissions, clock, RepeatableRandomness())


def begin(sign_ins, network="192.0.2.0/24"):
    return sign_ins.begin(network=network, browser="Firefox on Linux")


def test_the_code_in_the_room_and_the_number_in_the_browser_let_in(sign_ins):
    secret, sign_in = begin(sign_ins)

    approved = sign_ins.approve(ERIN, f" {sign_in.code.lower().replace('-', '')}".strip())

    assert len(approved.number) == 6
    assert sign_ins.finish(secret, f"{approved.number[:3]} {approved.number[3:]}") == ERIN.name


def test_without_the_code_in_the_room_nobody_gets_in(sign_ins):
    secret, _ = begin(sign_ins)

    for number in ("", "000000"):
        with pytest.raises(SignInRefused, match="Nobody has written the code"):
            sign_ins.finish(secret, number)


def test_the_number_is_of_no_use_in_another_browser(sign_ins):
    """Whoever reads the room sees code and number, and has not the browser."""
    _, sign_in = begin(sign_ins)
    others, _ = begin(sign_ins, "198.51.100.0/24")
    number = sign_ins.approve(ERIN, sign_in.code).number

    for secret in (others, "", "x", sign_in.code):
        with pytest.raises(SignInRefused):
            sign_ins.finish(secret, number)


def test_a_number_can_be_guessed_three_times(sign_ins):
    secret, sign_in = begin(sign_ins)
    number = sign_ins.approve(ERIN, sign_in.code).number
    wrong = f"{(int(number) + 1) % 10**6:06}"

    for _ in range(MAX_TRIES):
        with pytest.raises(SignInRefused):
            sign_ins.finish(secret, wrong)
    with pytest.raises(SignInRefused, match="has ended"):
        sign_ins.finish(secret, number)


def test_a_sign_in_lets_in_once(sign_ins):
    secret, sign_in = begin(sign_ins)
    number = sign_ins.approve(ERIN, sign_in.code).number
    sign_ins.finish(secret, number)

    with pytest.raises(SignInRefused):
        sign_ins.finish(secret, number)
    with pytest.raises(NotFound):
        sign_ins.approve(MALLORY, sign_in.code)


def test_nobody_takes_over_what_another_approved(sign_ins):
    secret, sign_in = begin(sign_ins)
    number = sign_ins.approve(ERIN, sign_in.code).number

    with pytest.raises(BadJson, match="used already"):
        sign_ins.approve(MALLORY, sign_in.code)
    assert sign_ins.finish(secret, number) == ERIN.name


def test_it_ends_after_five_minutes_approved_or_not(sign_ins, clock):
    secret, sign_in = begin(sign_ins)
    clock.advance(LASTS_SECONDS - 1)
    assert sign_ins.minutes_left(sign_in) == 1
    number = sign_ins.approve(ERIN, sign_in.code).number
    _, late = begin(sign_ins)
    clock.advance(1)

    with pytest.raises(SignInRefused, match="has ended"):
        sign_ins.finish(secret, number)
    assert sign_ins.approve(ERIN, late.code).approved_by == ERIN.name


@pytest.mark.parametrize("code", ["", "-", "AAAA-AAAA", "é" * 8, "x" * 2_000])
def test_a_code_that_no_browser_shows_is_none(sign_ins, code):
    begin(sign_ins)

    with pytest.raises(NotFound):
        sign_ins.approve(ERIN, code)


def test_who_has_no_role_approves_nothing(sign_ins):
    _, sign_in = begin(sign_ins)

    with pytest.raises(Forbidden):
        sign_ins.approve(actor("@eve:example.org", None), sign_in.code)


def test_a_network_has_a_few_at_once_and_all_together_are_bounded(sign_ins):
    victim, victims = begin(sign_ins, "203.0.113.0/24")
    mine = [begin(sign_ins)[0] for _ in range(MAX_PER_NETWORK + 1)]

    assert sign_ins.find(mine[0]) is None
    assert all(sign_ins.find(secret) for secret in mine[1:])
    assert sign_ins.find(victim) is victims
    for number in range(MAX_WAITING):
        begin(sign_ins, f"n{number}")
    assert sign_ins.find(victim) is None


def test_signing_out_ends_sessions_of_before_and_what_was_approved(sign_ins, clock):
    secret, sign_in = begin(sign_ins)
    number = sign_ins.approve(ERIN, sign_in.code).number
    before = clock.monotonic()

    sign_ins.sign_out(ERIN)

    with pytest.raises(SignInRefused):
        sign_ins.finish(secret, number)
    assert sign_ins.is_signed_out(ERIN.name, before)
    assert not sign_ins.is_signed_out(MALLORY.name, before)
    clock.advance(1)
    assert not sign_ins.is_signed_out(ERIN.name, clock.monotonic())
