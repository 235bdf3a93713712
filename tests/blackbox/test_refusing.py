"""Tests of refusals: text for the sender, and a reference for moderators."""

import re

import pytest

from tests.blackbox.program import SAYS, SPAM
from tests.blackbox.wire import UNSTABLE_SIGN, assert_one_object, assert_refused, assert_signed

FULL_WIDTH = "".join(chr(ord(letter) + 0xFEE0) if letter != " " else " " for letter in SPAM)
EVENT_ID = "$" + "a" * 43

HIDING_PLACES = {
    "body": ("m.room.message", {"msgtype": "m.text", "body": SPAM}),
    "formatted body": ("m.room.message", {"body": "x", "formatted_body": f"<b>{SPAM}</b>"}),
    "tags inside": (
        "m.room.message",
        {"body": "x", "format": "org.matrix.custom.html", "formatted_body": "che<b>ap</b> watches"},
    ),
    "edit": (
        "m.room.message",
        {
            "body": "* x",
            "m.new_content": {"body": SPAM},
            "m.relates_to": {"rel_type": "m.replace", "event_id": EVENT_ID},
        },
    ),
    "caption": (
        "m.room.message",
        {"msgtype": "m.image", "body": SPAM, "filename": "a.png", "url": "mxc://example.org/a"},
    ),
    "file name": (
        "m.room.message",
        {"msgtype": "m.file", "body": "x", "filename": f"{SPAM}.txt", "url": "mxc://example.org/a"},
    ),
    "reaction": (
        "m.reaction",
        {"m.relates_to": {"rel_type": "m.annotation", "event_id": EVENT_ID, "key": SPAM}},
    ),
    "poll": ("m.poll.start", {"m.poll": {"question": {"m.text": [{"body": SPAM}]}}}),
    "reason of a redaction": ("m.room.redaction", {"reason": SPAM, "redacts": EVENT_ID}),
    "custom type": ("org.example.any", {"deep": [{"deeper": ["x", SPAM]}]}),
    "upper case": ("m.room.message", {"body": "CHEAP WATCHES"}),
    "full width": ("m.room.message", {"body": FULL_WIDTH}),
    "zero width": ("m.room.message", {"body": "ch\u200beap wat\u200bches"}),
    "inside a longer word": ("m.room.message", {"body": f"xx{SPAM}xx"}),
    "sticker": ("m.sticker", {"body": SPAM, "url": "mxc://example.org/a"}),
}

STATE = {
    "name": ("m.room.name", "", {"name": SPAM}),
    "topic": ("m.room.topic", "", {"topic": SPAM}),
    "rich topic": ("m.room.topic", "", {"m.topic": {"m.text": [{"body": SPAM}]}, "topic": "x"}),
    "m.room.policy as a message": ("m.room.policy", None, {"via": SPAM}),
    "m.room.policy with a state key": ("m.room.policy", "x", {"via": SPAM}),
    "m.room.policy with an invisible state key": ("m.room.policy", "\u200b", {"via": SPAM}),
    "m.room.policy with a space for a key": ("m.room.policy", " ", {"via": SPAM}),
    "M.ROOM.POLICY": ("M.ROOM.POLICY", "", {"via": SPAM}),
    "m.room.policy and a space": ("m.room.policy ", "", {"via": SPAM}),
    "m.room.policy and a NUL": ("m.room.policy\0", "", {"via": SPAM}),
    "the unstable policy with a state key": ("org.matrix.msc4284.policy", "x", {"via": SPAM}),
}

_REFERENCE = re.compile(r"\A[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}\Z")


def assert_refused_by_policy(response):
    assert_refused(response)
    answer = response.json
    assert SAYS in answer["error"]
    assert _REFERENCE.match(answer["org.countersign.reference"])
    assert answer["org.countersign.reference"] in answer["error"]
    assert isinstance(answer["org.matrix.msc4387.harms"], list)
    assert answer["org.matrix.msc4387.harms"]
    assert answer["harms"] == answer["org.matrix.msc4387.harms"]
    assert "expiry" not in answer


@pytest.mark.parametrize("place", HIDING_PLACES)
def test_spam_is_refused(room, first, second, requester, place):
    event_type, content = HIDING_PLACES[place]
    event = room.event(second, event_type, content, sender=second.user("bob"))

    refused = requester.ask(event, second)

    assert_refused_by_policy(refused)
    for server in (first, second):
        assert requester.ask(event, server).body == refused.body, "the same bytes for every server"


@pytest.mark.parametrize("place", STATE)
def test_spam_in_state_is_refused(room, first, requester, place):
    event_type, state_key, content = STATE[place]
    fields = {} if state_key is None else {"state_key": state_key}

    assert_refused_by_policy(requester.ask(room.event(first, event_type, content, **fields), first))


@pytest.mark.parametrize("event_type", ["m.room.policy", "org.matrix.msc4284.policy"])
def test_the_rooms_choice_of_a_policy_server_is_never_obstructed(
    room, first, program, requester, event_type
):
    event = room.event(first, event_type, {"via": SPAM, "public_keys": {}}, state_key="")

    assert_signed(requester.ask(event, first), room, event, program)


def test_before_it_was_stable_a_refusal_was_an_empty_success(room, first, requester):
    event = room.event(first, content={"body": SPAM})

    for _ in range(2):
        response = requester.ask(event, first, path=UNSTABLE_SIGN)
        assert_one_object(response)
        assert (response.status, response.json) == (200, {})


@pytest.mark.parametrize("content", [{"membership": "leave", "reason": SPAM}])
def test_nobody_is_kept_from_leaving(room, second, program, requester, content):
    user = second.user("bob")
    event = room.event(second, "m.room.member", content, sender=user, state_key=user)

    assert_signed(requester.ask(event, second), room, event, program)


@pytest.mark.parametrize(
    ("event_type", "content"),
    [
        ("m.room.power_levels", {"users_default": 0, "x": SPAM}),
        ("m.room.server_acl", {"allow": ["*"], "x": SPAM}),
        ("m.room.tombstone", {"body": SPAM}),
    ],
)
def test_the_rooms_exits_are_for_those_who_may_use_them(
    room, first, second, program, requester, event_type, content
):
    by_moderator = room.event(first, event_type, content, state_key="")
    by_anyone = room.event(second, event_type, content, state_key="", sender=second.user("bob"))

    assert_signed(requester.ask(by_moderator, first), room, by_moderator, program)
    assert_refused_by_policy(requester.ask(by_anyone, second))
