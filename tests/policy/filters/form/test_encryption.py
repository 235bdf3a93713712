"""Tests of `encryption`: encrypted events in plain rooms, and plain messages in encrypted ones."""

import pytest

from countersign.policy.filters.form.encryption import Encryption

STRICT = Encryption(refuse_plaintext=True, enabling_power_level=100)


@pytest.mark.parametrize(
    ("event_type", "is_encrypted_room"),
    [
        ("m.room.encrypted", True),
        ("m.room.message", False),
        ("m.reaction", True),
        ("m.room.redaction", True),
        ("m.call.invite", True),
    ],
)
def test_events_that_match_the_rooms_encryption_pass(
    event, no_facts, event_type, is_encrypted_room
):
    fitting = event(event_type, is_encrypted_room=is_encrypted_room)

    assert STRICT.judge(fitting, no_facts) is None


def test_state_events_in_an_encrypted_room_pass(event, no_facts):
    topic = event("m.room.topic", is_encrypted_room=True, state_key="")

    assert STRICT.judge(topic, no_facts) is None


def test_an_encrypted_event_in_an_unencrypted_room_is_refused(event, no_facts):
    finding = Encryption().judge(event("m.room.encrypted"), no_facts)

    assert finding is not None
    assert finding.reason == "is encrypted; this room is not"
    assert Encryption(refuse_encrypted=False).judge(event("m.room.encrypted"), no_facts) is None


@pytest.mark.parametrize("event_type", ["m.room.message", "m.sticker", "m.poll.start"])
def test_plain_messages_in_an_encrypted_room_are_refused_only_with_the_option(
    event, no_facts, event_type
):
    plain = event(event_type, is_encrypted_room=True)

    assert Encryption().judge(plain, no_facts) is None
    finding = STRICT.judge(plain, no_facts)
    assert finding is not None
    assert finding.reason == "is not encrypted; this room is"


@pytest.mark.parametrize(("level", "is_refused"), [(99, True), (100, False), (2**63, False)])
def test_turning_encryption_on_takes_the_power_that_the_policy_asks_for(
    event, no_facts, level, is_refused
):
    enabling = event("m.room.encryption", sender_power_level=level, state_key="")

    assert (STRICT.judge(enabling, no_facts) is not None) is is_refused
    assert Encryption().judge(enabling, no_facts) is None
