"""A later joiner reads earlier messages, without the refused spam."""

import pytest
from examples.demo.loopback import wait_until

from tests.journeys.conftest import SPAM

pytestmark = pytest.mark.journey

OLD_MESSAGES = 40


def test_a_newcomer_reads_what_was_said_before_the_room_was_protected(
    federation, room_version, alice, bob
):
    room_id = alice.create_room(room_version, name="The library")
    said = {alice.say(room_id, f"old letter {number}") for number in range(OLD_MESSAGES)}
    spam_id = alice.say(room_id, f"old {SPAM}")
    federation.protect(room_id, alice)
    bob.join(room_id, alice.server_name)
    federation.wait_until_protected(room_id, bob)

    def read_by_bob():
        return {event["event_id"] for event in bob.messages(room_id, limit=100)}

    wait_until(lambda: said <= read_by_bob(), "Bob reads every old letter")
    assert spam_id not in read_by_bob()
