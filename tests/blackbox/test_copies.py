"""Tests of altered copies: none is signed, and none affects the authentic event.

The signature covers the redacted event, so one earned by an emptied copy would be right on the full
event. And whoever sees an event can send bad copies of it before its own server asks.
"""

from copy import deepcopy

import pytest

from tests.blackbox import oracle
from tests.blackbox.fake_room import MEMBER, MESSAGE
from tests.blackbox.program import SPAM
from tests.blackbox.wire import assert_error, assert_refused, assert_signed


def _without_content(event):
    event["content"] = {}


def _benign_content(event):
    event["content"] = {"msgtype": "m.text", "body": "fine weather"}


def _one_more_key(event):
    event["content"]["org.example.more"] = 1


def _one_more_top_level_key(event):
    event["org.example.more"] = 1


def _hash_of_nothing(event):
    event["hashes"] = {"sha256": "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU"}


def _hash_that_is_no_base64(event):
    event["hashes"] = {"sha256": "!" * 43}


def _hash_that_is_too_short(event):
    event["hashes"] = {"sha256": event["hashes"]["sha256"][:-4]}


def _empty_hash(event):
    event["hashes"] = {"sha256": ""}


def _hash_with_junk(event):
    event["hashes"] = {"sha256": " " + event["hashes"]["sha256"] + "\n"}


def _hashes_of_another_kind(event):
    event["hashes"] = {"sha512": event["hashes"]["sha256"]}


def _no_hashes(event):
    del event["hashes"]


def _hash_rehashed(event):
    """Alter the content and put the right hash on it: the sender's signature is wrong then."""
    _benign_content(event)
    event["hashes"] = {"sha256": oracle.content_hash(event)}


def _other_sender(event):
    event["sender"] = "@mallory" + event["sender"][event["sender"].index(":") :]


def _other_type(event):
    event["type"] = "m.room.encrypted"


def _with_state_key(event):
    event["state_key"] = "x"


def _other_ts(event):
    event["origin_server_ts"] += 1


def _other_depth(event):
    event["depth"] += 1


def _no_signatures(event):
    event["signatures"] = {}


def _no_signature_by_the_sender(event):
    (by_key,) = event["signatures"].values()
    event["signatures"] = {"elsewhere.example.org": by_key}


def _wrong_signature(event):
    for by_key in event["signatures"].values():
        for key_id in by_key:
            by_key[key_id] = "A" * 86


def _short_signature(event):
    for by_key in event["signatures"].values():
        for key_id in by_key:
            by_key[key_id] = by_key[key_id][:-4]


def _signature_under_another_key_id(event):
    for by_key in event["signatures"].values():
        by_key["ed25519:other"] = by_key.popitem()[1]


def _signature_as_the_policy_servers(event):
    for by_key in event["signatures"].values():
        by_key["ed25519:policy_server"] = by_key.popitem()[1]


def _signature_of_another_algorithm(event):
    for by_key in event["signatures"].values():
        by_key["rsa:paper"] = by_key.popitem()[1]


ALTERATIONS = [
    _without_content,
    _benign_content,
    _one_more_key,
    _one_more_top_level_key,
    _hash_of_nothing,
    _hash_that_is_no_base64,
    _hash_that_is_too_short,
    _empty_hash,
    _hash_with_junk,
    _hashes_of_another_kind,
    _no_hashes,
    _hash_rehashed,
    _other_sender,
    _other_type,
    _with_state_key,
    _other_ts,
    _other_depth,
    _no_signatures,
    _no_signature_by_the_sender,
    _wrong_signature,
    _short_signature,
    _signature_under_another_key_id,
    _signature_as_the_policy_servers,
    _signature_of_another_algorithm,
]

SAME_SIGNED_BYTES = [_without_content, _benign_content, _one_more_key, _one_more_top_level_key]
"""Alterations that redaction takes away again, of a message."""

OTHER_EVENTS = [
    one for one in ALTERATIONS if one not in SAME_SIGNED_BYTES and "_signature" not in one.__name__
]
"""Alterations of what is signed; signatures are not."""


def altered(event, alteration):
    copy = deepcopy(event)
    alteration(copy)
    return copy


def assert_not_signed(response):
    """Assert a refusal that is not our failure: 400 with one of two error codes."""
    assert_error(response, 400, "M_FORBIDDEN", "M_BAD_JSON")


@pytest.mark.parametrize("alteration", ALTERATIONS, ids=lambda alteration: alteration.__name__)
def test_an_altered_copy_is_not_signed_and_spoils_nothing(
    room, first, second, program, requester, alteration
):
    event = room.event(second, sender=second.user("bob"))

    for server in (second, first):
        assert_not_signed(requester.ask(altered(event, alteration), server))
    assert_signed(requester.ask(event, second), room, event, program)


@pytest.mark.parametrize("alteration", OTHER_EVENTS, ids=lambda alteration: alteration.__name__)
def test_a_copy_whose_signed_part_is_altered_does_not_share_the_decision(
    modern, second, program, requester, alteration
):
    event = modern.event(second, sender=second.user("bob"))
    assert_signed(requester.ask(event, second), modern, event, program)

    assert_not_signed(requester.ask(altered(event, alteration), second))


@pytest.mark.parametrize(
    "alteration", SAME_SIGNED_BYTES, ids=lambda alteration: alteration.__name__
)
def test_spam_in_disguise_earns_no_signature_before_or_after_its_refusal(
    room, second, requester, alteration
):
    event = room.event(second, content={"body": SPAM}, sender=second.user("bob"))
    disguised = altered(event, alteration)

    assert_refused(requester.ask(disguised, second))
    refused = requester.ask(event, second)
    assert_refused(refused)
    assert "org.countersign.reference" in refused.json
    assert_refused(requester.ask(disguised, second))
    assert requester.ask(event, second).body == refused.body


@pytest.mark.parametrize(
    ("event_type", "state_key", "content"),
    [
        (MESSAGE, None, {"body": SPAM}),
        ("m.room.topic", "", {"topic": SPAM}),
        ("m.room.name", "", {"name": SPAM}),
        (MEMBER, "own", {"membership": "join", "displayname": "A name"}),
        ("m.room.policy", "", {"via": "elsewhere.example.org"}),
        ("m.room.redaction", None, {"reason": SPAM}),
    ],
)
def test_a_redacted_copy_decides_nothing(
    room, second, program, requester, event_type, state_key, content
):
    bob = second.user("bob")
    fields = {} if state_key is None else {"state_key": bob if state_key == "own" else state_key}
    event = room.event(second, event_type, content, sender=bob, **fields)
    redacted = oracle.redact(room.version, event)
    assert redacted["content"] != event["content"], "it tests nothing"

    assert_refused(requester.ask(redacted, second))
    if SPAM in str(content):
        assert_refused(requester.ask(event, second))
    else:
        assert_signed(requester.ask(event, second), room, event, program)


def test_a_redacted_copy_may_hear_the_decision_that_stands(room, second, program, requester):
    event = room.event(second, sender=second.user("bob"))
    signature = assert_signed(requester.ask(event, second), room, event, program)
    redacted = oracle.redact(room.version, event)

    response = requester.ask(redacted, second)

    if response.status == 200:
        assert assert_signed(response, room, event, program) == signature
    else:
        assert_refused(response)


def test_the_same_spam_with_the_hash_of_a_decided_event_is_another_event(
    room, second, program, requester
):
    bob = second.user("bob")
    good = room.event(second, sender=bob)
    spam = room.event(second, content={"body": SPAM}, sender=bob, depth=good["depth"] + 1)
    assert_signed(requester.ask(good, second), room, good, program)

    for field in ("content", "hashes", "signatures"):
        crossed = {**spam, field: good[field]}
        assert_not_signed(requester.ask(crossed, second))
    # The good event's signed part under the spam's content may hear of the good event; what it
    # hears is right on the good event alone.
    answer = requester.ask({**good, "content": spam["content"]}, second)
    if answer.status == 200:
        assert_signed(answer, room, good, program)
        signature = answer.json[program.server_name]["ed25519:policy_server"]
        assert not oracle.signature_verifies(
            room.version,
            spam,
            program.server_name,
            "ed25519:policy_server",
            signature,
            program.policy_key,
        )


@pytest.mark.parametrize("version", oracle.SENDER_CHOSEN_IDS)
def test_in_early_versions_two_events_of_one_id_are_two(rooms, version, second, program, requester):
    room, bob = rooms[version], second.user("bob")
    good = room.event(second, sender=bob)
    spam = room.event(second, content={"body": SPAM}, sender=bob, event_id=good["event_id"])
    other = room.event(second, sender=bob, event_id=good["event_id"])

    first_signature = assert_signed(requester.ask(good, second), room, good, program)
    assert_refused(requester.ask(spam, second))
    assert assert_signed(requester.ask(other, second), room, other, program) != first_signature
    assert assert_signed(requester.ask(good, second), room, good, program) == first_signature


@pytest.mark.parametrize("version", oracle.SENDER_CHOSEN_IDS)
def test_spam_first_does_not_spoil_another_event_of_its_id(
    rooms, version, second, program, requester
):
    room, bob = rooms[version], second.user("bob")
    spam = room.event(second, content={"body": SPAM}, sender=bob)
    good = room.event(second, sender=bob, event_id=spam["event_id"])

    assert_refused(requester.ask(spam, second))
    assert_signed(requester.ask(good, second), room, good, program)


def test_an_event_is_of_one_room(rooms, second, program, requester):
    here, there = rooms["11"], rooms["10"]
    event = here.event(second, sender=second.user("bob"))
    assert_signed(requester.ask(event, second), here, event, program)

    assert_not_signed(requester.ask({**event, "room_id": there.room_id}, second))
    assert_not_signed(requester.ask({**event, "room_id": rooms["12"].room_id}, second))


def test_the_rooms_version_is_not_the_requests(rooms, second, program, requester):
    # Version 11 redacts an m.room.redaction otherwise than version 10, so all else but the right
    # version's redaction gives another hash and signature.
    bob = second.user("bob")
    target = "$" + "a" * 43
    for version in ("9", "10", "11"):
        room = rooms[version]
        event = room.event(second, "m.room.redaction", {"redacts": target}, sender=bob)
        assert_signed(requester.ask(event, second), room, event, program)


@pytest.mark.parametrize("other", ["9", "10", "11"])
def test_an_event_signed_by_another_versions_rules_is_not_signed(rooms, other, second, requester):
    room = rooms["1"]
    event = room.unsigned_event(
        second, MEMBER, {"membership": "join", "join_authorised_via_users_server": "@a:b"}
    )
    event |= {"state_key": event["sender"], "origin": "x", "membership": "join", "prev_state": []}
    event["content"]["third_party_invite"] = {"signed": {}}
    by_right = oracle.hash_and_sign(room.version, event, second.server_name, second.key)
    by_other = oracle.hash_and_sign(other, event, second.server_name, second.key)
    assert by_right["signatures"] != by_other["signatures"], "both versions redact it alike"

    assert_not_signed(requester.ask(by_other, second))
