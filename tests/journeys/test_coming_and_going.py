"""The Policy Server joins a room, leaves it, and notices that it was kicked."""

import pytest
from examples.demo.loopback import wait_until

from tests.journeys.conftest import SAYS, SPAM
from tests.journeys.rooms import ProtectedRoom, assert_quiet_passage, refusal_of

pytestmark = pytest.mark.journey


def test_an_invitation_brings_it_into_a_private_room(
    federation, policy_server, room_version, alice, bob
):
    room_id = alice.create_room(room_version, name="The study", preset="private_chat")
    alice.invite(room_id, policy_server.user_id)
    federation.name_policy_server(room_id, alice)
    alice.invite(room_id, bob.user_id)
    bob.join(room_id, alice.server_name)
    federation.wait_until_protected(room_id, bob)

    refusal = refusal_of(lambda: bob.say(room_id, SPAM))

    assert SAYS in refusal.error
    room = ProtectedRoom(room_id, room_version)
    assert_quiet_passage(room, alice, bob)
    assert_quiet_passage(room, bob, alice)


@pytest.mark.any_room_version
def test_a_room_stays_usable_when_it_leaves(own_room, policy_server, alice, bob):
    policy_server.run("rooms", "leave", own_room.room_id)

    alice.wait_for_membership(own_room.room_id, policy_server.user_id, "leave")
    bob.wait_for_membership(own_room.room_id, policy_server.user_id, "leave")
    assert_quiet_passage(own_room, alice, bob)
    assert_quiet_passage(own_room, bob, alice)


def test_it_comes_back_after_it_left(own_room, federation, policy_server, alice, bob):
    policy_server.run("rooms", "leave", own_room.room_id)
    bob.wait_for_membership(own_room.room_id, policy_server.user_id, "leave")

    policy_server.join(own_room.room_id, alice.server_name)

    bob.wait_for_membership(own_room.room_id, policy_server.user_id, "join")
    assert SAYS in refusal_of(lambda: bob.say(own_room.room_id, SPAM)).error
    assert_quiet_passage(own_room, bob, alice)


def test_it_notices_that_it_was_kicked(own_room, policy_server, alice, bob):
    alice.kick(own_room.room_id, policy_server.user_id, "we try without")

    bob.wait_for_membership(own_room.room_id, policy_server.user_id, "leave")
    wait_until(
        lambda: policy_server.membership_in(own_room.room_id) == "kicked",
        "Countersign knows that it was kicked",
    )
    assert_quiet_passage(own_room, alice, bob)
    assert_quiet_passage(own_room, bob, alice)


@pytest.mark.any_room_version
def test_a_room_is_free_again_when_it_names_nobody(own_room, policy_server, alice, bob):
    alice.set_state(own_room.room_id, "m.room.policy", {})
    wait_until(
        lambda: bob.state(own_room.room_id, "m.room.policy") == {},
        "Bob's homeserver knows that nobody is asked any more",
    )

    alice.say(own_room.room_id, SPAM)
    assert_quiet_passage(own_room, alice, bob)
    assert_quiet_passage(own_room, bob, alice)
    assert policy_server.membership_in(own_room.room_id) == "joined"


def test_a_ban_of_it_reaches_both_homeservers(own_room, policy_server, alice, bob):
    alice.ban(own_room.room_id, policy_server.user_id, "never again")

    bob.wait_for_membership(own_room.room_id, policy_server.user_id, "ban")
    wait_until(
        lambda: policy_server.membership_in(own_room.room_id) == "banned",
        "Countersign knows that it was banned",
    )
    assert_quiet_passage(own_room, bob, alice)
