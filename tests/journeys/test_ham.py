"""Honest messages pass in both directions."""

import pytest

from tests.journeys.rooms import assert_passes

pytestmark = pytest.mark.journey


def test_a_message_passes_from_the_first_homeserver_to_the_second(room, alice, bob):
    event = assert_passes(room, alice, bob, lambda: alice.say(room.room_id, "good morning"))

    assert event["content"]["body"] == "good morning"


def test_a_message_passes_from_the_second_homeserver_to_the_first(room, alice, bob):
    event = assert_passes(room, bob, alice, lambda: bob.say(room.room_id, "morning, Alice"))

    assert event["content"]["body"] == "morning, Alice"


def test_an_edit_and_a_reaction_pass(room, alice, bob):
    message_id = alice.say(room.room_id, "see you at sevn")

    assert_passes(
        room,
        alice,
        bob,
        lambda: alice.edit(room.room_id, message_id, "see you at seven", fallback="* at seven"),
    )
    assert_passes(room, bob, alice, lambda: bob.react(room.room_id, message_id, "👍"))


@pytest.mark.parametrize(
    ("event_type", "content"),
    [
        pytest.param(
            "m.room.message",
            {"msgtype": "m.image", "body": "a cat", "filename": "cat.jpg", "url": "mxc://a.b/c"},
            id="an image with a caption",
        ),
        pytest.param(
            "m.room.encrypted",
            {"algorithm": "m.megolm.v1.aes-sha2", "ciphertext": "AwgA", "session_id": "s"},
            id="an encrypted event",
        ),
        pytest.param("org.example.any", {"a": {"b": [1, None, True, "…"]}}, id="an unknown type"),
    ],
)
def test_other_events_pass(room, alice, bob, event_type, content):
    event = assert_passes(room, alice, bob, lambda: alice.send(room.room_id, event_type, content))

    assert event["content"] == content


def test_a_topic_passes(room, alice, bob):
    assert_passes(
        room,
        alice,
        bob,
        lambda: alice.set_state(room.room_id, "m.room.topic", {"topic": "News of the green"}),
    )

    assert bob.state(room.room_id, "m.room.topic")["topic"] == "News of the green"
