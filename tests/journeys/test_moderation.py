"""Moderators can always act, and both homeservers see their actions."""

from urllib.parse import quote

import pytest
from examples.demo.loopback import wait_until

from tests.journeys.rooms import assert_passes, assert_quiet_passage, find_refusal

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


def test_a_server_acl_bars_a_server_and_only_that(own_room, alice, bob, federation):
    second = federation.second.address
    acl = {"allow": ["*"], "deny": [second], "allow_ip_literals": True}

    alice.set_state(own_room.room_id, "m.room.server_acl", acl)
    wait_until(
        lambda: bob.find_state(own_room.room_id, "m.room.server_acl"),
        "Bob's homeserver knows the ACL",
    )

    # The policy server gets it from Alice's homeserver too, not always before Bob's does.
    refusal = wait_until(
        lambda: find_refusal(lambda: bob.say(own_room.room_id, "let me in")),
        "the policy server knows the ACL",
        pause_seconds=2,
    )
    assert refusal.status == 403
    event_id = alice.say(own_room.room_id, "peace at last")
    assert alice.find_event(own_room.room_id, event_id)


def test_a_room_can_be_upgraded(own_room, alice, bob):
    path = f"/rooms/{quote(own_room.room_id)}/upgrade"
    new_room_id = alice.request("POST", path, {"new_version": "12"})["replacement_room"]

    wait_until(
        lambda: bob.find_state(own_room.room_id, "m.room.tombstone"),
        "Bob's homeserver has the tombstone",
    )
    assert bob.state(own_room.room_id, "m.room.tombstone")["replacement_room"] == new_room_id
