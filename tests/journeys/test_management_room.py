"""Moderators on a real homeserver work from a management room."""

import json
from urllib.parse import quote

import pytest
from examples.demo.loopback import wait_until

from tests.journeys.conftest import SPAM
from tests.journeys.rooms import refusal_of

pytestmark = pytest.mark.journey

POLICY_EVENT = "m.room.policy"


@pytest.fixture(scope="module")
def protected(make_room):
    return make_room("11")


class Office:
    """The management room as its people see it."""

    def __init__(self, room_id, policy_server):
        self.room_id, self.policy_server = room_id, policy_server

    def ours(self, reader, event_type="m.room.message"):
        """Return what our user has sent, the oldest first, as a reader's homeserver has it."""
        return [
            event
            for event in reversed(reader.messages(self.room_id, 200))
            if event["sender"] == self.policy_server.user_id
            and event["type"] == event_type
            and event["content"]
        ]

    def wait_for(self, reader, condition, what):
        """Return the first message of ours that fulfils a condition."""
        return wait_until(
            lambda: next((each for each in self.ours(reader) if condition(each)), None), what
        )

    def answer_to(self, event_id, reader):
        """Return the text of our answer to an event."""

        def is_answer(event):
            relation = event["content"].get("m.relates_to", {})
            return relation.get("m.in_reply_to", {}).get("event_id") == event_id

        return self.wait_for(reader, is_answer, f"an answer to {event_id}")["content"]["body"]

    def ask(self, person, words):
        return self.answer_to(person.say(self.room_id, words), person)


@pytest.fixture(scope="module")
def office(policy_server, alice, bob, carol):
    """Alice's management room: Bob may ban there, Carol may nothing."""
    room_id = alice.create_room("11", name="Office", preset="private_chat")
    for person in (bob, carol):
        alice.invite(room_id, person.user_id)
        person.join(room_id, alice.server_name)
    levels = alice.state(room_id, "m.room.power_levels")
    levels["users"] = {alice.user_id: 100, bob.user_id: 50}
    levels["events"] = {**levels.get("events", {}), "m.room.power_levels": 100}
    alice.set_state(room_id, "m.room.power_levels", levels)
    # Whom it takes invitations from makes no difference: the settings name the room.
    policy_server.change_settings(management_room=room_id, invites={"accept_from": []})
    alice.invite(room_id, policy_server.user_id)
    for person in (alice, bob, carol):
        person.wait_for_membership(room_id, policy_server.user_id, "join")
    yield Office(room_id, policy_server)
    policy_server.change_settings(invites={"accept_from": ["*"]})


def test_a_shift_in_the_management_room(office, protected, policy_server, alice, bob, carol):
    assert "!cs raid" in office.ask(alice, "!cs help")
    assert "Rooms: " in office.ask(bob, "!cs status")

    # Bob lives on another homeserver; both see the refusal's alert.
    refusal = refusal_of(lambda: carol_says_spam(protected, carol, alice))
    reference = reference_in(refusal)
    why = office.ask(bob, f"!cs why {reference}")
    assert "refused" in why
    assert "keyword" in why
    assert SPAM not in carol.user_id

    assert "no role here" in office.ask(carol, f"!cs allow {reference}")
    assert "Raid mode is on" in office.ask(bob, "!cs raid on for 1h drill")
    assert json.loads(policy_server.run("raid", "status", "--json"))
    assert "Raid mode is off" in office.ask(alice, "!cs raid off")
    assert f"Allowed until" in office.ask(bob, f"!cs allow {reference} for 1h")
    carol.say(protected.room_id, f"get {SPAM}")

    entries = json.loads(policy_server.run("audit", "list", "--json"))
    by = {(each["actor"], each["command"]) for each in entries if each["face"] == "room"}
    assert by == {
        (bob.user_id, "raid on"),
        (alice.user_id, "raid off"),
        (bob.user_id, "decisions allow"),
    }


def carol_says_spam(room, carol, alice):
    carol.join(room.room_id, alice.server_name)
    carol.say(room.room_id, f"get {SPAM}")


def reference_in(refusal):
    return refusal.error.split()[-1].strip("().[]")


def test_a_room_is_protected_by_command(office, policy_server, alice):
    room_id = alice.create_room("11", name="The pond")
    policy_server.join(room_id, alice.server_name)
    alice.wait_for_membership(room_id, policy_server.user_id, "join")

    assert '"via"' in office.ask(alice, f"!cs protect {room_id}")
    levels = alice.state(room_id, "m.room.power_levels")
    levels["users"][policy_server.user_id] = 50
    alice.set_state(room_id, "m.room.power_levels", levels)

    def is_sent():
        return "Our user sent" in office.ask(alice, f"!cs protect {room_id}")

    wait_until(is_sent, "our user sends m.room.policy")
    wait_until(lambda: alice.find_state(room_id, POLICY_EVENT), "the room is protected")
    assert alice.state(room_id, POLICY_EVENT) == policy_server.room_policy()
    refusal_of(lambda: alice.say(room_id, f"get {SPAM}"))
    assert quote(room_id)
