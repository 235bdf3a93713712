"""Tests of redaction by room version, against tables written out by hand."""

import copy

import pytest

from countersign.protocol.events.redaction import redact
from countersign.protocol.room_versions import ROOM_VERSIONS, get_room_version
from tests.protocol.conftest import in_every_room_version, make_event

ALWAYS_KEPT = {
    *["event_id", "type", "room_id", "sender", "state_key", "content", "hashes", "signatures"],
    *["depth", "prev_events", "auth_events", "origin_server_ts"],
}
KEPT_UNTIL_10 = {"prev_state", "origin", "membership"}


def number(rules):
    return int(rules.identifier)


def redacted_content(rules, event_type, content):
    event = make_event(rules, type=event_type, content=content)
    return redact(event, rules)["content"]


def test_keeps_the_keys_of_the_list_and_drops_the_rest(rules):
    dropped = {"unsigned", "redacts", "age_ts", "org.example.custom", "contents", ""}
    event = dict.fromkeys(ALWAYS_KEPT | KEPT_UNTIL_10 | dropped, "x") | {"content": {}}

    kept = set(redact(event, rules))

    assert kept == ALWAYS_KEPT | (KEPT_UNTIL_10 if number(rules) <= 10 else set())


def test_empties_the_content_of_a_message(rules):
    assert redacted_content(rules, "m.room.message", {"body": "Hello", "membership": "join"}) == {}


def test_keeps_of_a_member_what_lets_it_be_authorised(rules):
    signed = {"mxid": "@bob:example.org", "token": "t"}
    content = {
        "membership": "join",
        "join_authorised_via_users_server": "@admin:example.org",
        "third_party_invite": {"display_name": "Bob", "signed": signed},
        "displayname": "Bob",
        "reason": "because",
    }

    kept = {"membership": "join"}
    if number(rules) >= 9:
        kept["join_authorised_via_users_server"] = "@admin:example.org"
    if number(rules) >= 11:
        kept["third_party_invite"] = {"signed": signed}
    assert redacted_content(rules, "m.room.member", content) == kept


def test_keeps_of_a_create_event_its_creator_and_later_everything(rules):
    content = {"creator": "@alice:example.org", "room_version": "11", "org.example.x": 1}

    kept = content if number(rules) >= 11 else {"creator": "@alice:example.org"}
    assert redacted_content(rules, "m.room.create", content) == kept


def test_keeps_of_join_rules_the_rule_and_since_8_whom_they_allow(rules):
    content = {"join_rule": "restricted", "allow": [], "other": 1}

    kept = {"join_rule": "restricted"} | ({"allow": []} if number(rules) >= 8 else {})
    assert redacted_content(rules, "m.room.join_rules", content) == kept


def test_keeps_of_power_levels_all_but_invite_and_since_11_that_too(rules):
    levels = {"ban": 1, "events": {}, "events_default": 2, "kick": 3, "redact": 4}
    levels |= {"state_default": 5, "users": {}, "users_default": 6}
    content = levels | {"invite": 7, "notifications": {"room": 8}, "other": 9}

    kept = levels | ({"invite": 7} if number(rules) >= 11 else {})
    assert redacted_content(rules, "m.room.power_levels", content) == kept


def test_keeps_aliases_until_5(rules):
    kept = {"aliases": ["#a:b"]} if number(rules) <= 5 else {}
    assert redacted_content(rules, "m.room.aliases", {"aliases": ["#a:b"], "x": 1}) == kept


def test_keeps_who_may_see_the_history(rules):
    content = {"history_visibility": "shared", "x": 1}

    kept = {"history_visibility": "shared"}
    assert redacted_content(rules, "m.room.history_visibility", content) == kept


def test_keeps_of_a_redaction_what_it_redacts_where_that_stands_in_content(rules):
    content = {"redacts": "$x", "reason": "spam"}

    kept = {"redacts": "$x"} if number(rules) >= 11 else {}
    assert redacted_content(rules, "m.room.redaction", content) == kept


@pytest.mark.parametrize("event_type", ["m.room.member ", "M.ROOM.MEMBER", "m.room.member\0", ""])
@in_every_room_version
def test_takes_a_type_byte_for_byte(rules, event_type):
    assert redacted_content(rules, event_type, {"membership": "join"}) == {}


def test_keeps_values_whatever_they_are(rules):
    assert redacted_content(rules, "m.room.member", {"membership": None}) == {"membership": None}


@pytest.mark.parametrize("content", [None, [], ["membership"], "membership", 7, True])
@pytest.mark.parametrize("event_type", ["m.room.member", "m.room.create", "m.room.message"])
@in_every_room_version
def test_content_that_is_no_object_is_empty(rules, event_type, content):
    event = {"type": event_type, "content": content}

    assert redact(event, rules)["content"] == {}


@pytest.mark.parametrize("event_type", [None, [], {}, 7, ["m.room.member"]])
@in_every_room_version
def test_a_type_that_is_no_string_is_unknown(rules, event_type):
    event = {"type": event_type, "content": {"membership": "join"}}

    assert redact(event, rules) == {"type": event_type, "content": {}}


@pytest.mark.parametrize(
    ("invite", "kept"),
    [
        ({}, {"third_party_invite": {}}),
        ({"display_name": "Bob"}, {"third_party_invite": {}}),
        ({"signed": None}, {"third_party_invite": {"signed": None}}),
        (None, {}),
        (["signed"], {}),
        ("signed", {}),
    ],
)
def test_keeps_of_a_misshapen_invite_what_there_is(invite, kept):
    content = {"third_party_invite": invite}

    assert redacted_content(get_room_version("11"), "m.room.member", content) == kept
    assert redacted_content(get_room_version("10"), "m.room.member", content) == {}


def test_an_event_without_content_stays_so(rules):
    assert redact({"type": "m.room.member"}, rules) == {"type": "m.room.member"}
    assert redact({}, rules) == {}


def test_changes_nothing_of_what_it_is_given(rules):
    event = make_event(rules, type="m.room.create", content={"creator": "x", "y": 1})
    before = copy.deepcopy(event)

    redacted = redact(event, rules)
    redacted["content"]["added"] = 1
    redacted["added"] = 1

    assert event == before


def test_redacting_twice_changes_nothing_more():
    for rules in ROOM_VERSIONS.values():
        for event_type in (*rules.kept_content_keys, "m.room.message"):
            event = make_event(rules, type=event_type, content={"membership": "join", "users": {}})
            once = redact(event, rules)

            assert redact(once, rules) == once
