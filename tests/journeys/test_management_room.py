"""Moderators on a real homeserver work from a management room."""

import json

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
    policy_server.change_settings(
        management_room=room_id, archive={"is_on": True}, policies={"source": "database"}
    )
    alice.invite(room_id, policy_server.user_id)
    for person in (alice, bob, carol):
        person.wait_for_membership(room_id, policy_server.user_id, "join")
    yield Office(room_id, policy_server)
    policy_server.write_settings(policies={"source": "files"})


def test_a_shift_in_the_management_room(office, protected, policy_server, alice, bob, carol):
    assert "!cs raid" in office.ask(alice, "!cs help")
    assert "Rooms: " in office.ask(bob, "!cs status")

    # Bob lives on another homeserver; both see the refusal's alert.
    refusal = refusal_of(lambda: carol_says_spam(protected, carol, alice))
    reference = reference_in(refusal)
    why = office.ask(bob, f"!cs why {reference}")
    assert "refused" in why
    assert "keyword" in why

    # Today's refusals by filter, one by one, and how the rooms are: one command each.
    assert "keyword: " in office.ask(bob, "!cs refused")
    assert reference in office.ask(bob, f"!cs refused {carol.user_id}")
    assert "The green: well" in office.ask(alice, "!cs rooms")

    # The alert tells of it in Bob's homeserver too, and its reactions are buttons.
    alert = office.wait_for(
        bob, lambda each: reference in each["content"]["body"] and is_alert(each), "an alert"
    )
    assert "Refused: other, 1 event of 1 person, step keyword" in alert["content"]["body"]
    assert carol.user_id not in json.dumps(alert)
    assert SPAM not in json.dumps(alert)
    wait_until(lambda: len(office.ours(bob, "m.reaction")) == 3, "buttons")
    pressed = carol.react(office.room_id, alert["event_id"], "✅")
    assert pressed
    office.wait_for(bob, lambda each: "no role here" in each["content"]["body"], "a refusal")
    bob.react(office.room_id, alert["event_id"], "✅")
    allowed = office.wait_for(
        bob, lambda each: "Allowed until" in each["content"]["body"], "an answer to a reaction"
    )
    assert reference in allowed["content"]["body"]
    carol.say(protected.room_id, f"get {SPAM}")

    assert "no role here" in office.ask(carol, f"!cs allow {reference}")
    assert "Raid mode is on" in office.ask(bob, "!cs raid on for 1h drill")
    assert json.loads(policy_server.run("raid", "status", "--json"))
    assert "Raid mode is off" in office.ask(alice, "!cs raid off")
    assert "Allowed until" in office.ask(bob, f"!cs allow {reference} for 1h")

    def is_tried():
        return "would be refused by it" in office.ask(bob, f"!cs try {SPAM} for 1d")

    wait_until(is_tried, "a word is tried on what was archived")

    entries = json.loads(policy_server.run("audit", "list", "--json"))
    by = {(each["actor"], each["command"]) for each in entries if each["face"] == "room"}
    assert by >= {
        (bob.user_id, "raid on"),
        (alice.user_id, "raid off"),
        (bob.user_id, "decisions allow"),
    }


def is_alert(event):
    return "m.relates_to" not in event["content"]


def carol_says_spam(room, carol, alice):
    carol.join(room.room_id, alice.server_name)
    carol.say(room.room_id, f"get {SPAM}")


def reference_in(refusal):
    return refusal.error.split()[-1].strip("().[]")


def test_a_step_goes_into_shadow_and_back(office, protected, alice, bob):
    assert "needs the role lead" in office.ask(bob, "!cs mode keyword shadow")
    assert "is in mode shadow" in office.ask(alice, "!cs mode keyword shadow")
    alice.say(protected.room_id, f"get {SPAM}")

    assert "In force again" in office.ask(alice, "!cs policy rollback")
    refusal_of(lambda: alice.say(protected.room_id, f"get {SPAM} now"))


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
