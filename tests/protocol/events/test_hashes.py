"""Tests of the content hash of the whole event and the reference hash of its redacted form."""

import pytest

from countersign.protocol.errors import BadJson
from countersign.protocol.events.hashes import (
    content_hash,
    event_id_of,
    reference_hash,
    signed_bytes,
)
from countersign.protocol.room_versions import get_room_version
from countersign.protocol.unpadded_base64 import encode, encode_url_safe
from tests.protocol.conftest import ABSENT, in_every_room_version, make_event, read_vectors


@pytest.mark.parametrize("example", read_vectors("event_hashes"), ids=["minimal", "with content"])
def test_reckons_the_content_hashes_of_the_spec(example):
    rules = get_room_version("1")

    assert encode(content_hash(example["event"], rules)) == example["sha256"]


def test_the_content_hash_leaves_out_what_servers_add(rules, event):
    bare = event(unsigned=ABSENT, signatures=ABSENT, hashes=ABSENT)
    full = event(unsigned={"age": 1}, signatures={"a": {"b": "c"}}, hashes={"sha256": "x"})

    assert content_hash(full, rules) == content_hash(bare, rules)


@pytest.mark.parametrize("key", ["body", "m.mentions", ""])
@in_every_room_version
def test_the_content_hash_covers_content(rules, event, key):
    assert content_hash(event(content={key: "a"}), rules) != content_hash(
        event(content={key: "b"}), rules
    )


@pytest.mark.parametrize("key", ["age_ts", "outlier", "destinations", "origin", "org.example.x"])
@in_every_room_version
def test_the_content_hash_covers_every_other_key_as_the_spec_says(rules, event, key):
    assert content_hash(event(**{key: 1}), rules) != content_hash(event(), rules)


def test_signatures_cover_neither_content_nor_each_other(rules, event):
    spam = event(hashes={"sha256": "same"}, content={"body": "spam"})
    emptied = event(hashes={"sha256": "same"}, content={}, signatures={}, unsigned={})

    assert signed_bytes(spam, rules) == signed_bytes(emptied, rules)
    assert reference_hash(spam, rules) == reference_hash(emptied, rules)


def test_signatures_cover_the_content_hash(rules, event):
    assert signed_bytes(event(hashes={"sha256": "a"}), rules) != signed_bytes(
        event(hashes={"sha256": "b"}), rules
    )


def test_writes_the_bytes_to_sign_canonically():
    rules = get_room_version("11")
    event = {"type": "X", "sender": "é", "content": {"body": "x"}, "unsigned": {}, "depth": 1}

    assert signed_bytes(event, rules) == '{"content":{},"depth":1,"sender":"é","type":"X"}'.encode()


def test_an_event_id_is_chosen_or_reckoned(rules, event):
    given = event()
    digest = reference_hash(given, rules)

    version = int(rules.identifier)
    expected = (
        "$event:example.org"
        if version <= 2
        else "$" + (encode(digest) if version == 3 else encode_url_safe(digest))
    )
    assert event_id_of(given, rules) == expected


@pytest.mark.parametrize("event_id", [ABSENT, None, 7, ["$a:b"]])
def test_needs_the_event_id_where_the_sender_chooses_it(event_id):
    rules = get_room_version("1")

    with pytest.raises(BadJson, match="event_id"):
        event_id_of(make_event(rules, event_id=event_id), rules)


def test_hashes_numbers_of_old_rooms_and_refuses_them_in_new_ones():
    old, new = get_room_version("5"), get_room_version("6")
    event = make_event(new, hashes={}, content={"n": 2**60})

    assert len(content_hash(event, old)) == 32
    with pytest.raises(BadJson):
        content_hash(event, new)
