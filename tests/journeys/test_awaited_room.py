"""A new moderator on a real homeserver creates the management room that the settings await."""

import pytest
from examples.demo.loopback import wait_until
from examples.demo.matrix_client import MatrixError

pytestmark = pytest.mark.journey


@pytest.fixture(scope="module")
def awaiting(policy_server, alice):
    """The policy server, as `countersign init --management-room @alice:…` settles it."""
    policy_server.change_settings(management_room=alice.user_id, invites={"accept_from": []})
    yield policy_server
    policy_server.change_settings(management_room=None, invites={"accept_from": ["*"]})


def test_from_nothing_to_a_management_room(awaiting, alice):
    secret = alice.create_room("11", name="Secret", preset="private_chat")
    alice.set_state(secret, "m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"})
    with pytest.raises(MatrixError, match="is encrypted"):
        alice.invite(secret, awaiting.user_id)
    office = alice.create_room("11", name="Office", preset="private_chat")

    alice.invite(office, awaiting.user_id)

    alice.wait_for_membership(office, awaiting.user_id, "join")
    words = wait_until(lambda: _said(alice, office, awaiting), "a welcome")
    assert "management room of default" in words[0]
    alice.say(office, "!cs whoami")
    wait_until(
        lambda: any("lead" in each for each in _said(alice, office, awaiting)[1:]),
        "an answer to !cs whoami",
    )


def _said(reader, room_id, policy_server):
    return [
        event["content"]["body"]
        for event in reversed(reader.messages(room_id, 100))
        if event["sender"] == policy_server.user_id and event["type"] == "m.room.message"
    ]
