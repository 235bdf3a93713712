"""Our user redacts spam that real homeservers already accepted."""

import json

import pytest
from examples.demo.loopback import wait_until

from tests.journeys.conftest import SPAM

# Each format of events and event IDs: of rooms 1 and 2, of room 3, and of today's.
pytestmark = [
    pytest.mark.journey,
    pytest.mark.parametrize("room_version", ["1", "3", "10", "11", "12"], scope="session"),
]


@pytest.fixture
def spammed_room(federation, alice, bob, room_version):
    """A room with Alice and Bob whose spam is older than its protection; and the spam's ID."""
    room_id = alice.create_room(room_version, name="The green")
    bob.join(room_id, alice.server_name)
    spam_id = alice.say(room_id, f"get {SPAM}")
    bob.wait_for_event(room_id, spam_id)
    federation.protect(room_id, alice)
    federation.wait_until_protected(room_id, bob)
    return room_id, spam_id


def give_power(policy_server, moderator, room_id):
    levels = moderator.state(room_id, "m.room.power_levels")
    levels["users"][policy_server.user_id] = 50
    moderator.set_state(room_id, "m.room.power_levels", levels)

    def may_redact():
        rooms = json.loads(policy_server.run("rooms", "list", "--json"))
        return any(room["may_redact"] for room in rooms if room["room_id"] == room_id)

    wait_until(may_redact, "our user may redact")


def test_a_leak_is_redacted_on_every_homeserver(
    spammed_room, policy_server, fake_homeserver, alice, bob
):
    room_id, spam_id = spammed_room
    give_power(policy_server, alice, room_id)

    spam = fake_homeserver.fetch_event(alice.server_name, spam_id)
    fake_homeserver.push(policy_server.server_name, spam)

    for reader in (alice, bob):
        wait_until(
            lambda reader=reader: reader.find_event(room_id, spam_id)["content"] == {},
            f"{reader.server_name} shows the spam no more",
        )
        because = reader.find_event(room_id, spam_id)["unsigned"]["redacted_because"]
        assert because["sender"] == policy_server.user_id
    # Talk goes on after it, in both directions.
    for speaker, listener in ((alice, bob), (bob, alice)):
        listener.wait_for_event(room_id, speaker.say(room_id, "fine weather"))
