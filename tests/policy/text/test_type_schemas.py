"""Tests of type schemas: events of real clients and bridges match, harmful ones do not."""

import pytest

from countersign.policy.text.schema_faults import find_fault
from countersign.policy.text.type_schemas import KNOWN_MESSAGE_TYPES, KNOWN_TYPES
from countersign.testing.misshapen import CONTENTS

URI = "mxc://example.org/abc"
INFO = {"w": 800, "h": 600.0, "size": 12_345, "mimetype": "image/png", "thumbnail_url": URI}
FILE = {"url": URI, "key": {"alg": "A256CTR"}, "iv": "x", "hashes": {"sha256": "y"}, "v": "v2"}
EDIT = {"rel_type": "m.replace", "event_id": "$a"}
POLL = {
    "question": {"org.matrix.msc1767.text": "Lunch?", "body": "Lunch?", "msgtype": "m.text"},
    "kind": "org.matrix.msc3381.poll.disclosed",
    "max_selections": 1,
    "answers": [{"id": "a", "org.matrix.msc1767.text": "Yes"}],
}
STABLE_POLL = {
    "question": {"m.text": [{"body": "Lunch?"}]},
    "kind": "m.disclosed",
    "max_selections": 1,
    "answers": [{"m.id": "a", "m.text": [{"body": "Yes", "mimetype": "text/plain"}]}],
}
REACTION = {"rel_type": "m.annotation", "event_id": "$a", "key": "👍"}
CALL = {"call_id": "a", "party_id": "b", "version": "1"}


def message(**content):
    return {"msgtype": "m.text", "body": "hi", **content}


@pytest.mark.parametrize(
    ("event_type", "content"),
    [
        pytest.param("m.room.message", message(), id="text"),
        pytest.param(
            "m.room.message",
            message(
                format="org.matrix.custom.html",
                formatted_body="<b>hi</b>",
                **{
                    "m.mentions": {"user_ids": ["@a:b"]},
                    "m.relates_to": {
                        "rel_type": "m.thread",
                        "event_id": "$a",
                        "is_falling_back": True,
                        "m.in_reply_to": {"event_id": "$b"},
                    },
                },
            ),
            id="reply in a thread",
        ),
        pytest.param(
            "m.room.message",
            message(**{"m.new_content": message(**{"m.mentions": {}}), "m.relates_to": EDIT}),
            id="edit",
        ),
        pytest.param(
            "m.room.message",
            {"msgtype": "m.image", "body": "a.png", "filename": "a.png", "url": URI, "info": INFO},
            id="picture",
        ),
        pytest.param(
            "m.room.message",
            {"msgtype": "m.file", "body": "a", "file": FILE, "url": "", "info": {}},
            id="encrypted file",
        ),
        pytest.param(
            "m.room.message",
            {
                "msgtype": "m.audio",
                "body": "Voice message",
                "url": URI,
                "info": {"duration": 1_000, "mimetype": "audio/ogg", "size": 5},
                "org.matrix.msc1767.text": "Voice message",
                "org.matrix.msc1767.file": {"url": URI, "name": "a", "mimetype": "x", "size": 5},
                "org.matrix.msc1767.audio": {"duration": 1_000, "waveform": [1, 2]},
                "org.matrix.msc3245.voice": {},
            },
            id="voice message",
        ),
        pytest.param(
            "m.room.message",
            {
                "msgtype": "m.location",
                "body": "Here",
                "geo_uri": "geo:1,2;u=5",
                "org.matrix.msc3488.location": {"uri": "geo:1,2;u=5", "description": None},
                "org.matrix.msc3488.asset": {"type": "m.self"},
                "org.matrix.msc3488.ts": 5,
                "org.matrix.msc1767.text": "Here",
            },
            id="location",
        ),
        pytest.param(
            "m.room.message",
            message(
                external_url="https://example.org",
                formatted_body=None,
                info=None,
                **{
                    "com.beeper.linkpreviews": [],
                    "fi.mau.telegram.source": {"id": 5},
                    "com.beeper.per_message_profile": {"id": "a", "displayname": "A"},
                    "org.matrix.msc1767.message": [{"body": "hi", "mimetype": "text/plain"}],
                },
            ),
            id="of a bridge",
        ),
        pytest.param(
            "m.room.message",
            {
                "msgtype": "m.key.verification.request",
                "body": "x",
                "from_device": "A",
                "methods": ["m.sas.v1"],
                "to": "@a:b",
            },
            id="verification",
        ),
        pytest.param("m.reaction", {"m.relates_to": REACTION, "shortcode": ":a:"}, id="reaction"),
        pytest.param("m.sticker", {"body": "cat", "url": URI, "info": INFO}, id="sticker"),
        pytest.param(
            "m.room.encrypted",
            {
                "algorithm": "m.megolm.v1.aes-sha2",
                "ciphertext": "AwgA",
                "session_id": "a",
                "m.relates_to": {"m.in_reply_to": {"event_id": "$a"}},
            },
            id="encrypted",
        ),
        pytest.param(
            "org.matrix.msc3381.poll.start",
            {"org.matrix.msc1767.text": "Lunch?", "org.matrix.msc3381.poll.start": POLL},
            id="poll",
        ),
        pytest.param(
            "m.poll.start", {"m.text": [{"body": "x"}], "m.poll": STABLE_POLL}, id="stable poll"
        ),
        pytest.param(
            "org.matrix.msc3381.poll.start",
            {"m.new_content": {"org.matrix.msc3381.poll.start": POLL}, "m.relates_to": EDIT},
            id="edit of a poll",
        ),
        pytest.param(
            "org.matrix.msc3381.poll.response",
            {
                "m.relates_to": {"rel_type": "m.reference", "event_id": "$a"},
                "org.matrix.msc3381.poll.response": {"answers": ["a"]},
            },
            id="vote",
        ),
        pytest.param("m.room.redaction", {"redacts": "$a", "reason": "x"}, id="redaction"),
        pytest.param(
            "m.call.invite",
            {**CALL, "version": 0, "lifetime": 60_000, "offer": {"type": "offer", "sdp": "x"}},
            id="call",
        ),
        pytest.param(
            "m.call.candidates",
            {**CALL, "candidates": [{"candidate": "x", "sdpMid": None, "sdpMLineIndex": 0}]},
            id="candidates",
        ),
        pytest.param("com.example.own", {"body": 5, "msgtype": [], "url": {}}, id="unknown"),
    ],
)
def test_events_of_real_clients_match(event_type, content):
    assert find_fault(event_type, content, is_state=False) is None


@pytest.mark.parametrize(
    ("event_type", "content"),
    [
        ("m.room.member", {"membership": "join", "displayname": None, "avatar_url": None}),
        ("m.room.member", {"membership": "join", "avatar_url": "", "com.example": [1]}),
        ("m.room.name", {}),
        ("m.room.topic", {"topic": "x", "m.topic": {"m.text": [{"body": "x"}]}}),
        ("m.room.avatar", {"url": URI, "info": INFO}),
        ("m.room.canonical_alias", {"alias": None, "alt_aliases": ["#a:b"]}),
        ("m.room.pinned_events", {"pinned": []}),
        ("m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2", "rotation_period_ms": 5}),
        ("m.room.encrypted", {"algorithm": "a", "ciphertext": "b"}),
        ("im.vector.modular.widgets", {}),
        ("im.ponies.room_emotes", {"images": {"a": {"url": URI}}, "pack": {"usage": ["sticker"]}}),
        ("m.space.child", {"via": ["example.org"], "order": "a"}),
        ("com.example.own", {"m.relates_to": {"rel_type": "com.example"}}),
    ],
)
def test_usual_state_is_right(event_type, content):
    assert find_fault(event_type, content, is_state=True) is None


@pytest.mark.parametrize(
    ("event_type", "content", "path", "found"),
    [
        ("m.room.message", {}, ("msgtype",), "nothing"),
        ("m.room.message", {"msgtype": "m.text", "body": None}, ("body",), "nothing"),
        ("m.room.message", message(body=5), ("body",), "a number"),
        ("m.room.message", message(msgtype=["m.text"]), ("msgtype",), "a list"),
        ("m.room.message", message(formatted_body={}), ("formatted_body",), "an object"),
        ("m.room.message", message(info={"w": "800"}), ("info", "w"), "a string"),
        ("m.room.message", message(info={"h": True}), ("info", "h"), "true or false"),
        ("m.room.message", message(file={"key": {}}), ("file", "url"), "nothing"),
        ("m.room.message", message(**{"m.mentions": ["@a:b"]}), ("m.mentions",), "a list"),
        ("m.room.message", message(**{"m.mentions": {"user_ids": ["@a:b", 5]}}),
         ("m.mentions", "user_ids", 1), "a number"),
        ("m.room.message", message(**{"m.new_content": {"body": "x"}}),
         ("m.new_content", "msgtype"), "nothing"),
        ("m.room.message", message(**{"m.new_content": message(msgtype="m.image")}),
         ("m.new_content", "url"), "nothing"),
        ("m.room.message", message(**{"m.relates_to": "x"}), ("m.relates_to",), "a string"),
        ("m.room.message", message(**{"m.relates_to": {"m.in_reply_to": {}}}),
         ("m.relates_to", "m.in_reply_to", "event_id"), "nothing"),
        ("m.room.message", message(**{"m.text": [{"body": 5}]}), ("m.text", 0, "body"), "a number"),
        ("m.room.message", message(msgtype="m.image"), ("url",), "nothing"),
        ("m.room.message", message(msgtype="m.image", url="https://a/b"), ("url",),
         "another address"),
        ("m.sticker", {"body": "x", "url": "x"}, ("url",), "another address"),
        ("m.reaction", {}, ("m.relates_to",), "nothing"),
        ("m.reaction", {"m.relates_to": {**REACTION, "key": 5}}, ("m.relates_to", "key"),
         "a number"),
        ("m.room.encrypted", {"algorithm": "x"}, ("ciphertext",), "nothing"),
        ("m.poll.start", {"m.text": "x"}, (), "no poll"),
        ("m.poll.start", {"m.poll": {**STABLE_POLL, "answers": []}}, (), "a poll without answers"),
        ("m.poll.start", {"m.poll": {**STABLE_POLL, "answers": ["x"]}},
         ("m.poll", "answers", 0), "a string"),
        ("m.call.invite", {"call_id": 5}, ("call_id",), "a number"),
        ("com.example.own", {"m.relates_to": {"event_id": 5}}, ("m.relates_to", "event_id"),
         "a number"),
    ],
)  # fmt: skip
def test_a_harmful_value_is_found_with_its_place(event_type, content, path, found):
    fault = find_fault(event_type, content, is_state=False)

    assert fault is not None
    assert (fault.path, fault.found) == (path, found)


@pytest.mark.parametrize(
    ("event_type", "content", "path"),
    [
        ("m.room.member", {"displayname": "x"}, ("membership",)),
        ("m.room.member", {"membership": "join", "displayname": ["x"]}, ("displayname",)),
        ("m.room.topic", {"topic": {}}, ("topic",)),
        ("m.room.pinned_events", {"pinned": ["$a", None]}, ("pinned", 1)),
        ("m.room.encryption", {}, ("algorithm",)),
    ],
)
def test_misshapen_state_is_found(event_type, content, path):
    fault = find_fault(event_type, content, is_state=True)

    assert fault is not None
    assert fault.path == path


def test_messages_are_no_state_and_state_is():
    assert find_fault("m.room.message", message(), is_state=True) is not None
    assert find_fault("m.room.topic", {"topic": "x"}, is_state=False) is not None


@pytest.mark.parametrize("is_state", [False, True])
def test_no_misshapen_content_raises(is_state):
    for event_type in KNOWN_TYPES:
        for content in CONTENTS:
            find_fault(event_type, content, is_state=is_state)


def test_known_types_are_listed():
    assert "m.room.topic" in KNOWN_TYPES
    assert "m.rtc.member" in KNOWN_TYPES
    assert "m.text" in KNOWN_MESSAGE_TYPES
