"""People on a real homeserver appeal in a direct chat with our user."""

import json
from copy import copy

import pytest
from examples.demo.loopback import wait_until
from examples.demo.policy_server import PolicyServer

from tests.deployments import TWO_WORKERS, settings_of
from tests.journeys.conftest import SPAM
from tests.journeys.rooms import refusal_of

pytestmark = pytest.mark.journey


@pytest.fixture(scope="module")
def dora(federation):
    return federation.second.register("dora")


@pytest.fixture(scope="module")
def reference(make_room, dora, alice):
    """Something of Dora's was refused."""
    room = make_room("11")
    dora.join(room.room_id, alice.server_name)
    return refused(dora, room.room_id)


def refused(person, room_id):
    """Have something of somebody's be refused; return the reference."""
    refusal = refusal_of(lambda: person.say(room_id, f"get {SPAM}"))
    return refusal.error.split()[-1].strip("().[]")


def direct_chat(person, our_user, *, encrypted=False):
    """Open a direct chat as clients do."""
    encryption = {
        "type": "m.room.encryption",
        "state_key": "",
        "content": {"algorithm": "m.megolm.v1.aes-sha2"},
    }
    body = {
        "preset": "trusted_private_chat",
        "is_direct": True,
        "invite": [our_user],
        "initial_state": [encryption] if encrypted else [],
    }
    return person.request("POST", "/createRoom", body)["room_id"]


def heard(person, room_id, our_user, words):
    """Return the text of a message of our user's that holds these words."""

    def find():
        for event in person.messages(room_id):
            body = event["content"].get("body", "")
            if event["sender"] == our_user and words in body:
                return body
        return None

    return wait_until(find, words)


def kept_of(policy_server, room_id):
    """Return the names of the tables that hold something of a room."""
    return json.loads(policy_server.run("privacy", "export", "--room", room_id))["tables"].keys()


def members_of(policy_server, room_id):
    """Return how many joined members the policy server knows in a room."""
    rooms = json.loads(policy_server.run("rooms", "list", "--json"))
    (room,) = [room for room in rooms if room["room_id"] == room_id]
    return room["joined_members"]


def test_an_appeal_in_a_direct_chat(dora, reference, policy_server):
    appeal_and_leave(dora, reference, policy_server)


@pytest.fixture(scope="module")
def two_workers(federation, tmp_path_factory, policy):
    """The federation with another policy server, of two workers on PostgreSQL and Valkey."""
    other = copy(federation)
    other.policy_server = PolicyServer(
        tmp_path_factory.mktemp("two-workers") / "countersign",
        "127.0.0.14",
        federation.authority,
        policy=policy,
        settings=settings_of(TWO_WORKERS),
    )
    other.policy_server.start()
    try:
        other.policy_server.wait_until_ready()
        yield other
    finally:
        other.policy_server.process.stop()


def test_an_appeal_in_a_direct_chat_with_two_workers(two_workers, alice, dora):
    room_id = alice.create_room("11", name="The green")
    two_workers.protect(room_id, alice)
    dora.join(room_id, alice.server_name)
    two_workers.wait_until_protected(room_id, dora)

    appeal_and_leave(dora, refused(dora, room_id), two_workers.policy_server)


def test_a_report_in_a_direct_chat(make_room, policy_server, alice, bob, carol):
    """Carol, who was never refused, reports what Bob wrote."""
    room = make_room("11")
    for person in (bob, carol):
        person.join(room.room_id, alice.server_name)
        alice.wait_for_membership(room.room_id, person.user_id, "join")

    report_and_read(policy_server, room.room_id, bob, carol)


def test_a_report_in_a_direct_chat_with_two_workers(two_workers, alice, bob, carol):
    room_id = alice.create_room("11", name="The green")
    two_workers.protect(room_id, alice)
    for person in (bob, carol):
        person.join(room_id, alice.server_name)
        two_workers.wait_until_protected(room_id, person)

    report_and_read(two_workers.policy_server, room_id, bob, carol)


def report_and_read(policy_server, room_id, bob, carol):
    """Have Carol report what Bob writes, and read what came of it."""
    event_id = bob.say(room_id, "you are all fools")
    carol.wait_for_event(room_id, event_id)
    # A homeserver sends an invitation at once, also before the join that was signed a moment ago.
    wait_until(lambda: members_of(policy_server, room_id) == 4, "all four are known as members")
    ours = policy_server.user_id
    chat = direct_chat(carol, ours)
    carol.wait_for_membership(chat, ours, "join")
    heard(carol, chat, ours, "You can report a message here")

    carol.say(chat, f"https://matrix.to/#/{room_id}/{event_id}?via=example.org he insults us")

    heard(carol, chat, ours, "Thank you.")
    (item,) = json.loads(policy_server.run("reviews", "list", "--json"))["items"]
    assert (item["because"], item["name"]) == (["report"], bob.user_id)
    assert (item["reporters"], item["reports"]) == (1, ["he insults us"])
    assert carol.user_id not in json.dumps(item)
    assert carol.user_id not in policy_server.run("privacy", "export", bob.user_id)
    own = json.loads(policy_server.run("privacy", "export", carol.user_id))
    assert [each["text"] for each in own["tables"]["reports"]] == ["he insults us"]
    policy_server.run("reviews", "decide", item["reference"], "keep")
    heard(carol, chat, ours, "and left it as it is.")


def appeal_and_leave(dora, reference, policy_server):
    """Appeal, hear the answer, and leave."""
    ours = policy_server.user_id
    room_id = direct_chat(dora, ours)
    dora.wait_for_membership(room_id, ours, "join")
    heard(dora, room_id, ours, "You can appeal here")

    dora.say(room_id, f"{reference}: it was a quote")

    assert reference in heard(dora, room_id, ours, "It was received at")
    (appeal,) = json.loads(policy_server.run("appeals", "list", "--json"))
    assert (appeal["reference"], appeal["sender"]) == (reference, dora.user_id)
    assert appeal["text"] == f"{reference}: it was a quote"
    policy_server.run("appeals", "decide", reference, "granted")
    assert reference in heard(dora, room_id, ours, "It was granted")
    assert room_id not in policy_server.run("rooms", "list", "--json")

    assert "rooms" in kept_of(policy_server, room_id)
    dora.leave(room_id)
    wait_until(
        lambda: not {"rooms", "room_state", "chats"} & kept_of(policy_server, room_id),
        "our user leaves a chat whose person has left",
    )


def test_an_encrypted_chat_is_answered_with_how_to_appeal(dora, reference, policy_server):
    ours = policy_server.user_id
    room_id = direct_chat(dora, ours, encrypted=True)
    dora.wait_for_membership(room_id, ours, "join")

    heard(dora, room_id, ours, "I cannot read encrypted chats")
