"""Events of a server that does not ask us: receiving servers ask in its place."""

import pytest

from tests.journeys.conftest import SPAM
from tests.journeys.rooms import assert_quiet_passage

pytestmark = pytest.mark.journey


@pytest.mark.any_room_version
def test_its_ham_is_seen_and_its_spam_is_not(own_room, alice, bob, fake_homeserver):
    ham = fake_homeserver.make_message(own_room, bob, "a letter without a stamp")
    fake_homeserver.push(alice.server_name, ham)

    seen = alice.wait_for_event(own_room.room_id, fake_homeserver.event_id_of(own_room, ham))
    assert seen["content"]["body"] == "a letter without a stamp"

    spam = fake_homeserver.make_message(own_room, bob, f"get {SPAM}")
    fake_homeserver.push(alice.server_name, spam)

    # Synapse takes a room's events in the order in which their server sends them.
    assert_quiet_passage(own_room, bob, alice)
    spam_id = fake_homeserver.event_id_of(own_room, spam)
    assert alice.find_event(own_room.room_id, spam_id) is None
