"""Tests of the authorisation rules, case by case."""

import pytest

from countersign.protocol.room_versions import ROOM_VERSIONS
from countersign.protocol.rooms.room_state import RoomState
from tests.protocol.rooms.test_room_state import (
    ALICE,
    BOB,
    CAROL,
    DAVE,
    made,
    member,
    membership,
    piece,
    room,
)


@pytest.mark.parametrize(
    "event",
    [
        pytest.param(made(sender=CAROL), id="a message"),
        pytest.param(made("m.room.name", {}, "", BOB), id="state by a moderator"),
        pytest.param(made("m.room.third_party_invite", {}, "t", CAROL), id="3rd-party invite"),
        pytest.param(membership(DAVE, DAVE, "join"), id="joining a public room"),
        pytest.param(membership(CAROL, CAROL, "join"), id="a new profile"),
        pytest.param(membership(CAROL, CAROL, "leave"), id="leaving"),
        pytest.param(membership(CAROL, DAVE, "invite"), id="inviting"),
        pytest.param(membership(BOB, CAROL, "leave"), id="kicking"),
        pytest.param(membership(BOB, CAROL, "ban"), id="banning"),
        pytest.param(membership(BOB, DAVE, "ban"), id="banning beforehand"),
        pytest.param(
            made("m.room.power_levels", {"users": {ALICE: 100, BOB: 50, CAROL: 9}}, "", ALICE),
            id="power levels",
        ),
    ],
)
def test_lets_be(event):
    assert room().may_send(event)


@pytest.mark.parametrize(
    "event",
    [
        pytest.param(made("m.room.create", {}, ""), id="a second create event"),
        pytest.param(made(sender=DAVE), id="a message from outside"),
        pytest.param(made("m.room.name", {}, "", CAROL), id="state by anyone"),
        pytest.param(made("x", {}, CAROL, BOB), id="another user's state"),
        pytest.param(membership(BOB, DAVE, "join"), id="joining for another"),
        pytest.param(membership(DAVE, DAVE, "leave"), id="leaving from outside"),
        pytest.param(membership(DAVE, "@e:x", "invite"), id="inviting from outside"),
        pytest.param(membership(CAROL, BOB, "invite"), id="inviting a member"),
        pytest.param(membership(CAROL, BOB, "leave"), id="kicking upwards"),
        pytest.param(membership(BOB, BOB, "ban"), id="banning oneself"),
        pytest.param(membership(BOB, ALICE, "ban"), id="banning upwards"),
        pytest.param(membership(DAVE, DAVE, "knock"), id="knocking at an open door"),
        pytest.param(membership(CAROL, CAROL, "dance"), id="an unknown membership"),
        pytest.param(made("m.room.member", {"membership": "join"}, None), id="no state key"),
        pytest.param(made("m.room.member", {"membership": "join"}, "x"), id="no user"),
        pytest.param(
            made("m.room.power_levels", {"users": {ALICE: 100, BOB: 100}}, "", BOB),
            id="raising oneself",
        ),
        pytest.param(
            made("m.room.power_levels", {"users": {ALICE: "100"}}, "", ALICE), id="misshapen"
        ),
    ],
)
def test_does_not_let_be(event):
    assert not room().may_send(event)


def test_the_banned_stay_out_until_someone_with_power_lets_them_in():
    state = room(member(DAVE, "ban"))

    assert not state.may_send(membership(DAVE, DAVE, "join"))
    assert not state.may_send(membership(DAVE, DAVE, "leave"))
    assert not state.may_send(membership(CAROL, DAVE, "leave"))
    assert not state.may_send(membership(ALICE, DAVE, "invite"))
    assert state.may_send(membership(BOB, DAVE, "leave"))


def test_the_first_join_is_the_creators():
    state = RoomState("!r:x", ROOM_VERSIONS["11"])
    state.apply(piece("m.room.create"))

    assert state.may_send(membership(ALICE, ALICE, "join"))
    assert not state.may_send(membership(BOB, BOB, "join"))


def test_a_room_by_invitation_is_joined_by_invitation():
    state = room(piece("m.room.join_rules", {"join_rule": "invite"}), member(DAVE, "invite"))

    assert state.may_send(membership(DAVE, DAVE, "join"))
    assert state.may_send(membership(DAVE, DAVE, "leave"))
    assert not state.may_send(membership("@e:x", "@e:x", "join"))


@pytest.mark.parametrize(
    ("version", "rule", "is_open"),
    [("7", "restricted", False), ("8", "restricted", True), ("9", "knock_restricted", False),
     ("10", "knock_restricted", True)],
)  # fmt: skip
def test_a_restricted_room_is_joined_by_someones_leave(version, rule, is_open):
    state = room(piece("m.room.join_rules", {"join_rule": rule}), version=version)

    def join(authoriser):
        return membership(DAVE, DAVE, "join", join_authorised_via_users_server=authoriser)

    assert state.may_send(join(BOB)) is is_open
    assert not state.may_send(join(DAVE))
    assert not state.may_send(join(7))
    assert not state.may_send(membership(DAVE, DAVE, "join"))


@pytest.mark.parametrize(
    ("version", "rule", "is_open"),
    [("6", "knock", False), ("7", "knock", True), ("9", "knock_restricted", False),
     ("10", "knock_restricted", True), ("11", "invite", False)],
)  # fmt: skip
def test_knocking_is_for_rooms_that_listen(version, rule, is_open):
    state = room(piece("m.room.join_rules", {"join_rule": rule}), version=version)

    assert state.may_send(membership(DAVE, DAVE, "knock")) is is_open
    assert not state.may_send(membership(CAROL, CAROL, "knock"))
    assert not state.may_send(membership(CAROL, DAVE, "knock"))


def test_a_third_party_invite_must_be_the_inviters_and_for_that_user():
    state = room(piece("m.room.third_party_invite", {"public_key": "k"}, "t", CAROL))

    def invite(sender, target, **signed):
        return membership(sender, target, "invite", third_party_invite={"signed": signed})

    assert state.may_send(invite(CAROL, DAVE, mxid=DAVE, token="t"))
    assert not state.may_send(invite(BOB, DAVE, mxid=DAVE, token="t"))
    assert not state.may_send(invite(CAROL, DAVE, mxid=BOB, token="t"))
    assert not state.may_send(invite(CAROL, DAVE, mxid=DAVE, token="u"))
    assert not state.may_send(membership(CAROL, DAVE, "invite", third_party_invite=None))


def test_a_room_that_does_not_federate_is_its_creators_servers():
    state = RoomState("!r:x", ROOM_VERSIONS["11"])
    for event in (piece("m.room.create", {"m.federate": False}), member(ALICE), member(BOB)):
        state.apply(event)

    assert state.may_send(made(sender=ALICE))
    assert not state.may_send(made(sender=BOB))


def test_creators_are_above_all_since_version_12():
    state = room(version="12")

    assert state.may_send(membership(ALICE, BOB, "ban"))
    assert not state.may_send(membership(BOB, ALICE, "ban"))
