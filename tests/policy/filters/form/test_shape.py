"""Tests of `shape`: events that break clients are refused, unknown additions pass."""

import pytest

from countersign.policy.filters.form.shape import Shape

DEFAULT = Shape()
STRICT = Shape(allow_unknown_types=False, allow_unknown_message_types=False)


@pytest.mark.parametrize("msgtype", ["m.text", "m.notice", "m.emote", "nic.custom.confetti"])
def test_usual_events_pass(message, no_facts, msgtype):
    assert STRICT.judge(message(msgtype=msgtype), no_facts) is None


def test_unknown_types_pass_unless_the_policy_says_otherwise(event, message, no_facts):
    unknown = event("com.example.own", {"body": 5})
    game = message(msgtype="com.example.game")

    assert DEFAULT.judge(unknown, no_facts) is None
    assert DEFAULT.judge(game, no_facts) is None
    refused = STRICT.judge(unknown, no_facts), STRICT.judge(game, no_facts)
    assert [finding and finding.reason for finding in refused] == [
        "is of the unknown type 'com.example.own'",
        "is of the unknown message type 'com.example.game'",
    ]


def test_no_edit_brings_in_an_unknown_message_type(message, no_facts):
    edit = message(**{"m.new_content": {"msgtype": "com.example.game", "body": "x"}})

    assert STRICT.judge(edit, no_facts) is not None


def test_the_reason_names_the_fault_and_its_path(event, message, no_facts):
    finding = DEFAULT.judge(message(5), no_facts)
    stateful = DEFAULT.judge(event(content={"msgtype": "m.text"}, state_key=""), no_facts)

    assert finding is not None
    assert finding.reason == "has a number in body; allowed: a string"
    assert stateful is not None
    assert stateful.reason == "has a state key; allowed: none"


def test_types_can_be_left_out(message, no_facts):
    assert Shape(skip_types=("m.room.*",)).judge(message(5), no_facts) is None


@pytest.mark.parametrize(
    "event_type",
    [
        "m.room.create",
        "m.room.power_levels",
        "m.room.aliases",
        "m.room.member",
        "m.room.policy",
        "m.room.retention",
        "m.space.child",
        "m.bridge",
        "org.matrix.msc3401.call.member",
        "org.matrix.mjolnir.rule.user",
    ],
)
def test_events_of_state_types_without_a_state_key_are_refused(event, no_facts, event_type):
    finding = DEFAULT.judge(event(event_type, {"alias": "#x:example.org"}), no_facts)

    assert finding is not None
    assert finding.reason == "has no state key; allowed: one"


@pytest.mark.parametrize("event_type", ["m.rtc.member", "m.call.notify", "m.room.create.own"])
def test_types_that_need_not_be_state_pass_without_a_state_key(event, no_facts, event_type):
    assert DEFAULT.judge(event(event_type, {"x": 1}), no_facts) is None
