"""Moderators stay free to act, and both homeservers see what they did."""

from urllib.parse import quote

import pytest
from examples.demo.loopback import wait_until

from tests.journeys.rooms import assert_passes, assert_quiet_passage

pytestmark = pytest.mark.journey


def test_a_newcomer_joins_talks_and_leaves(room, alice, bob, carol):
    carol.join(room.room_id, alice.server_name)
    alice.wait_for_membership(room.room_id, carol.user_id, "join")

    assert_quiet_passage(room, carol, alice)
    carol.leave(room.room_id)

    alice.wait_for_membership(room.room_id, carol.user_id, "leave")
    bob.wait_for_membership(room.room_id, carol.user_id, "leave")


def test_a_kick_and_a_ban_reach_the_other_homeserver(room, alice, bob, carol):
    for remove, membership in ((alice.kick, "leave"), (alice.ban, "ban")):
        carol.join(room.room_id, alice.server_name)
        alice.wait_for_membership(room.room_id, carol.user_id, "join")

        remove(room.room_id, carol.user_id, "enough")

        bob.wait_for_membership(room.room_id, carol.user_id, membership)
    alice.request("POST", f"/rooms/{quote(room.room_id)}/unban", {"user_id": carol.user_id})
    bob.wait_for_membership(room.room_id, carol.user_id, "leave")


def test_a_redaction_reaches_the_other_homeserver(room, alice, bob):
    message_id = alice.say(room.room_id, "I should not have said that")
    bob.wait_for_event(room.room_id, message_id)

    alice.redact(room.room_id, message_id, "said too much")

    wait_until(
        lambda: bob.find_event(room.room_id, message_id)["content"] == {},
        "Bob's homeserver has redacted the message",
    )


def test_power_levels_reach_the_other_homeserver(own_room, alice, bob):
    levels = alice.state(own_room.room_id, "m.room.power_levels")
    levels["users"] = {**levels.get("users", {}), bob.user_id: 50}

    alice.set_state(own_room.room_id, "m.room.power_levels", levels)

    wait_until(
        lambda: (
            bob.state(own_room.room_id, "m.room.power_levels").get("users", {}).get(bob.user_id)
            == 50
        ),
        "Bob's homeserver has the new power levels",
    )
    assert_passes(
        own_room,
        bob,
        alice,
        lambda: bob.set_state(own_room.room_id, "m.room.topic", {"topic": "Bob was here"}),
    )


def test_a_display_name_reaches_the_other_homeserver(room, alice, bob):
    path = f"/profile/{quote(bob.user_id)}/displayname"
    bob.request("PUT", path, {"displayname": "Bob the Builder"})

    wait_until(
        lambda: (
            alice.state(room.room_id, "m.room.member", bob.user_id).get("displayname")
            == "Bob the Builder"
        ),
        "Alice's homeserver has Bob's new name",
    )
    assert_quiet_passage(room, bob, alice)
