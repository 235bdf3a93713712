"""Tests of `event-type`: denied types, and types missing from a list of allowed ones."""

import pytest

from countersign.policy.document.options import OptionsInvalid
from countersign.policy.filters.form.event_type import Among, EventType


@pytest.mark.parametrize(
    "filter_",
    [
        EventType(deny=("m.call.*",)),
        EventType(deny=("m.room.messages", "room")),
        EventType(allow=("m.room.*",)),
        EventType(deny_message_types=("m.location",)),
        EventType(deny=("m.*",), among=Among.STATE),
    ],
    ids=repr,
)
def test_a_type_that_is_not_listed_passes(message, no_facts, filter_):
    assert filter_.judge(message("lunch?"), no_facts) is None


def test_a_type_that_matches_a_glob_is_refused_by_name(event, no_facts):
    finding = EventType(deny=("m.call.*",)).judge(event("m.call.invite"), no_facts)

    assert finding is not None
    assert finding.reason == "is of the type 'm.call.invite'"
    assert finding.value == "m.call.invite"


def test_types_that_are_not_allowed_are_refused(event, no_facts):
    finding = EventType(allow=("m.room.*",)).judge(event("com.example.own"), no_facts)

    assert finding is not None
    assert finding.reason == "is of the type 'com.example.own', which is not among those allowed"


def test_a_denied_type_is_refused_even_if_allowed(event, no_facts):
    filter_ = EventType(allow=("m.*",), deny=("m.sticker",))

    assert filter_.judge(event("m.sticker"), no_facts) is not None
    assert filter_.judge(event("m.reaction"), no_facts) is None


def test_redactions_pass_unless_they_are_denied(event, no_facts):
    redaction = event("m.room.redaction")

    assert EventType(allow=("m.room.message",)).judge(redaction, no_facts) is None
    assert EventType(deny=("m.room.redaction",)).judge(redaction, no_facts) is not None


@pytest.mark.parametrize(
    ("among", "refused"), [(Among.ALL, "sm"), (Among.STATE, "s"), (Among.MESSAGES, "m")]
)
def test_state_messages_or_both_are_judged(event, no_facts, among, refused):
    filter_ = EventType(deny=("x",), among=among)
    events = {"s": event("x", state_key=""), "m": event("x")}

    found = [key for key, one in events.items() if filter_.judge(one, no_facts) is not None]

    assert "".join(found) == refused


@pytest.mark.parametrize(
    "content",
    [
        {"msgtype": "m.location", "body": "here"},
        {"msgtype": "m.text", "body": "here", "m.new_content": {"msgtype": "m.location"}},
    ],
)
def test_message_types_are_refused_in_edits_too(event, no_facts, content):
    finding = EventType(deny_message_types=("m.loc*",)).judge(event(content=content), no_facts)

    assert finding is not None
    assert finding.reason == "is of the message type 'm.location'"


def test_a_filter_without_types_is_a_mistake():
    with pytest.raises(OptionsInvalid, match="found no types; allowed: deny, allow or deny_mess"):
        EventType()
