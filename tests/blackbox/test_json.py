"""Tests of ambiguous JSON bodies, and of events of the wrong shape."""

import json

import pytest

from tests.blackbox import oracle
from tests.blackbox.fake_room import CREATE, MESSAGE, now_ts
from tests.blackbox.test_signing import event_of_size
from tests.blackbox.wire import assert_error, assert_one_object, assert_signed

NOT_JSON = {
    "empty": b"",
    "white space": b" \n ",
    "text": b"hello",
    "cut short": b'{"type":"m.room.message"',
    "trailing garbage": b'{"type":"m.room.message"} x',
    "two objects": b"{}{}",
    "trailing comma": b'{"a":1,}',
    "single quotes": b"{'a':1}",
    "comment": b'{"a":1 /* no */}',
    "unquoted key": b"{a:1}",
    "NaN": b'{"a":NaN}',
    "Infinity": b'{"a":Infinity}',
    "minus Infinity": b'{"a":-Infinity}',
    "leading zero": b'{"a":01}',
    "leading plus": b'{"a":+1}',
    "bare point": b'{"a":1.}',
    "hexadecimal": b'{"a":0x1}',
    "control character in a string": b'{"a":"\x01"}',
    "newline in a string": b'{"a":"\n"}',
    "bad escape": b'{"a":"\\x41"}',
    "NUL after it": b'{"a":1}\x00',
    "NUL in it": b'{"a":\x001}',
    "True": b'{"a":True}',
    "not UTF-8": b'{"a":"\xff"}',
    "Latin-1": '{"a":"é"}'.encode("latin-1"),
    "overlong": b'{"a":"\xc0\xaf"}',
    "surrogate in UTF-8": b'{"a":"\xed\xa0\x80"}',
    "beyond Unicode": b'{"a":"\xf4\x90\x80\x80"}',
    "UTF-16": '{"a":1}'.encode("utf-16"),
    "UTF-16 without a mark": '{"a":1}'.encode("utf-16-le"),
    "UTF-32": '{"a":1}'.encode("utf-32"),
    "byte order mark": b'\xef\xbb\xbf{"a":1}',
    "form": b"a=1&b=2",
    "only brackets": b"[" * 300_000,
    "unclosed": b'{"a":' * 60_000,
}

NO_OBJECT = [b"null", b"true", b"1", b"-0", b'"text"', b"[]", b"[{}]", b"1e999", b'[{"a":1}]']

FIELDS = ("type", "sender", "room_id", "content", "hashes", "signatures", "origin_server_ts",
          "depth", "prev_events", "auth_events")  # fmt: skip

WRONG = {
    "null": None,
    "true": True,
    "a number": 7,
    "a negative number": -1,
    "a string": "x",
    "a list": ["x"],
    "a list of lists": [["x"]],
    "an object": {"x": 1},
    "an object of lists": {"sha256": [], "x": []},
}

RIGHT_ALL_THE_SAME = {
    ("type", "a string"),
    ("content", "an object"),
    ("content", "an object of lists"),
    ("origin_server_ts", "a number"),
    ("depth", "a number"),
}


def resigned(room, server, event):
    """Return a misshapen event with right hash and signature, as far as there can be any."""
    try:
        return oracle.hash_and_sign(
            room.version, {**event, "signatures": {}}, server.server_name, server.key
        )
    except (AttributeError, KeyError, RuntimeError, TypeError, ValueError):
        return event


@pytest.mark.parametrize("kind", NOT_JSON)
def test_a_body_that_is_not_json_is_refused(first, program, requester, kind):
    header = first.header(program.server_name, first.key.key_id, "A" * 86)
    allowed = ("M_NOT_JSON", "M_BAD_JSON") if "brackets" in kind else ("M_NOT_JSON",)
    if kind == "unclosed":
        allowed = ("M_NOT_JSON", "M_BAD_JSON")

    assert_error(requester.ask_with(header, NOT_JSON[kind]), 400, *allowed)


@pytest.mark.parametrize("body", NO_OBJECT)
def test_a_body_that_is_no_object_is_refused(first, program, requester, body):
    header = first.header(program.server_name, first.key.key_id, "A" * 86)

    assert_error(requester.ask_with(header, body), 400, "M_BAD_JSON")


def ask_with_body(requester, server, content, body):
    """Ask with `body`, signed as if it said `content`."""
    return requester.ask(content, server, body=body)


TRAPS = {
    "a repeated key": lambda text: text.replace('"body":', '"body":"x","body":'),
    "a repeated key, written otherwise": lambda text: text.replace(
        '"body":', '"bo\\u0064y":"x","body":'
    ),
    "a repeated top-level key": lambda text: text.replace('{"auth_', '{"type":"x","auth_'),
    "a lone surrogate": lambda text: text.replace('"hello', '"\\ud800hello'),
    "surrogates in the wrong order": lambda text: text.replace('"hello', '"\\udc00\\ud800hello'),
    "a lone surrogate in a key": lambda text: text.replace('"msgtype"', '"\\udfffmsgtype"'),
    "5,000 digits": lambda text: text.replace('"msgtype"', f'"n":{"9" * 5000},"msgtype"'),
    "21 digits": lambda text: text.replace('"msgtype"', f'"n":{"9" * 21},"msgtype"'),
    "1e400": lambda text: text.replace('"msgtype"', '"n":1e400,"msgtype"'),
    "-1e400": lambda text: text.replace('"msgtype"', '"n":-1e400,"msgtype"'),
    "1e999999999": lambda text: text.replace('"msgtype"', '"n":1e999999999,"msgtype"'),
    "deep lists": lambda text: text.replace(
        '"msgtype"', f'"n":{"[" * 101}{"]" * 101},"msgtype"'
    ),
    "very deep lists": lambda text: text.replace(
        '"msgtype"', f'"n":{"[" * 100_000}{"]" * 100_000},"msgtype"'
    ),
    "deep objects": lambda text: text.replace(
        '"msgtype"', '"n":' + '{"a":' * 30_000 + "1" + "}" * 30_000 + ',"msgtype"'
    ),
}  # fmt: skip


@pytest.mark.parametrize("trap", TRAPS)
@pytest.mark.parametrize("version", ["1", "5", "6", "11"])
def test_a_trap_for_readers_is_bad_json(rooms, version, first, program, requester, trap):
    room = rooms[version]
    event = room.event(first)
    text = oracle.canonical(event).decode()
    trapped = TRAPS[trap](text)
    assert trapped != text

    allowed = ("M_BAD_JSON", "M_NOT_JSON") if "surrogate" in trap else ("M_BAD_JSON",)
    assert_error(ask_with_body(requester, first, event, trapped.encode()), 400, *allowed)
    assert_signed(requester.ask(event, first), room, event, program)


SPELLINGS = {
    "white space": lambda event: json.dumps(event, indent=3),
    "escapes": lambda event: json.dumps(event, ensure_ascii=True),
    "everything escaped": lambda event: (
        oracle.canonical(event).decode().replace('"hello', '"\\u0068ello')
    ),
    "other order": lambda event: json.dumps(dict(reversed(event.items())), ensure_ascii=False),
    "white space around": lambda event: f" \r\n\t{json.dumps(event)}\n ",
    "slashes escaped": lambda event: json.dumps(event).replace("/", "\\/"),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_other_spellings_of_the_same_json_are_the_same_event(
    room, first, program, requester, spelling
):
    event = room.event(first, content={"msgtype": "m.text", "body": "hello é / 😀"})
    body = SPELLINGS[spelling](event).encode()

    assert_signed(ask_with_body(requester, first, event, body), room, event, program)


NUMBERS = ["0.5", "1.0", "1e3", "1E3", "-0", "-0.0", "9007199254740992", "-9007199254740992",
           "18446744073709551616", "10000000000000000000"]  # fmt: skip


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("version", oracle.STRICT_JSON)
def test_since_version_6_only_canonical_integers_are_numbers(
    rooms, version, first, requester, number
):
    room = rooms[version]
    event = room.unsigned_event(first, content={"body": "n", "number": json.loads(number)})
    event = oracle.hash_and_sign("4", event, first.server_name, first.key)
    text = oracle.canonical(event).decode()
    canonical = oracle.canonical(json.loads(number)).decode()
    body = text.replace(f'"number":{canonical}', f'"number":{number}').encode()

    assert_error(ask_with_body(requester, first, event, body), 400, "M_BAD_JSON")


@pytest.mark.parametrize("version", oracle.STRICT_JSON)
def test_a_float_outside_the_content_is_refused_too(rooms, version, first, requester):
    room = rooms[version]
    for fields in ({"depth": 1.0}, {"origin_server_ts": 1.5e12}, {"org.example.x": 0.5}):
        event = {**room.event(first), **fields}
        assert_error(requester.ask(event, first), 400, "M_BAD_JSON")


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("wrong", WRONG)
def test_a_field_of_the_wrong_type_is_bad_json(room, first, requester, field, wrong):
    if (field, wrong) in RIGHT_ALL_THE_SAME or (field == "room_id" and room.is_v12):
        return
    event = resigned(room, first, {**room.event(first), field: WRONG[wrong]})
    if field in ("hashes", "signatures"):
        event[field] = WRONG[wrong]

    assert_error(requester.ask(event, first), 400, "M_BAD_JSON", "M_FORBIDDEN")
    if field not in ("hashes", "signatures"):
        assert_error(requester.ask(event, first), 400, "M_BAD_JSON")


@pytest.mark.parametrize("field", FIELDS)
def test_a_missing_field_is_bad_json(room, first, requester, field):
    if field == "room_id" and room.is_v12:
        return
    event = room.event(first)
    del event[field]
    if field not in ("hashes", "signatures"):
        event = resigned(room, first, event)

    assert_error(requester.ask(event, first), 400, "M_BAD_JSON")


@pytest.mark.parametrize("state_key", [None, 0, False, [], {}, 1.5])
def test_a_state_key_is_a_string(room, first, requester, state_key):
    for event_type in (MESSAGE, "m.room.policy"):
        event = resigned(room, first, {**room.event(first, event_type), "state_key": state_key})
        assert_error(requester.ask(event, first), 400, "M_BAD_JSON")


@pytest.mark.parametrize(
    "sender",
    ["", "@", "alice", "@alice", "alice:example.org", "@alice:", "@alice:exa mple.org", "@a:b:c",
     "@a:example.org:99999", "@a:[::1", "@a:example.org/x", "@a:example.org\n", "@a\0:example.org",
     "@alice:example.org:", "!a:example.org", "@a:b@c", "@a:ex\u00e4mple.org"],
    ids=repr,
)  # fmt: skip
def test_a_sender_is_a_user_id(room, first, requester, sender):
    event = resigned(room, first, {**room.event(first), "sender": sender})

    assert_error(requester.ask(event, first), 400, "M_BAD_JSON")


@pytest.mark.parametrize("field", ["type", "state_key", "sender"])
def test_fields_are_at_most_255_bytes_long(room, first, requester, field):
    host = f":{first.server_name}"
    longest = {"type": "t" * 256, "state_key": "é" * 128, "sender": "@" + "é" * 120 + host}
    event = {**room.event(first), field: longest[field]}

    assert_error(requester.ask(resigned(room, first, event), first), 400, "M_BAD_JSON")


@pytest.mark.parametrize(("field", "most"), [("prev_events", 20), ("auth_events", 10)])
def test_lists_of_references_are_capped(room, first, requester, field, most):
    references = [room.some_reference(number) for number in range(most + 1)]
    event = room.event(first, **{field: references})

    assert_error(requester.ask(event, first), 400, "M_BAD_JSON")


@pytest.mark.parametrize("field", ["prev_events", "auth_events"])
@pytest.mark.parametrize(
    "reference",
    [1, None, "", "x", [], {}, "$x", ["$x:example.org"],
     ["$x:example.org", {"md5": "a"}],
     ["$x:example.org", {"sha256": 1}], ["$x:example.org", {"sha256": "a"}, 3], "$" + "!" * 43,
     "$" + "a" * 42, "$" + "a" * 44, [1, {"sha256": "a"}]],
    ids=repr,
)  # fmt: skip
def test_a_reference_has_the_shape_of_its_version(room, first, requester, field, reference):
    event = resigned(room, first, {**room.event(first), field: [reference]})

    assert_error(requester.ask(event, first), 400, "M_BAD_JSON")


@pytest.mark.parametrize("version", oracle.SENDER_CHOSEN_IDS)
def test_references_without_a_hash_are_taken_as_synapse_makes_them(
    rooms, version, program, first, requester
):
    room = rooms[version]
    event = room.event(first)
    for field in ("prev_events", "auth_events"):
        event[field] = [[event_id, {}] for event_id, _ in event[field]]
    event = resigned(room, first, event)

    assert_signed(requester.ask(event, first), room, event, program)


def test_the_references_of_one_kind_of_version_are_none_in_the_other(rooms, first, requester):
    for room, other in ((rooms["2"], rooms["11"]), (rooms["11"], rooms["2"])):
        event = room.event(first, prev_events=[other.some_reference(1)])
        assert_error(requester.ask(event, first), 400, "M_BAD_JSON")


@pytest.mark.parametrize("version", oracle.HASHED_IDS)
def test_an_event_id_in_a_pdu_of_newer_versions_is_refused(rooms, version, first, requester):
    room = rooms[version]
    own = oracle.event_id_of(version, room.event(first))
    for event_id in ("$x:example.org", own, "", None, 1):
        event = resigned(room, first, {**room.event(first), "event_id": event_id})
        assert_error(requester.ask(event, first), 400, "M_BAD_JSON")


@pytest.mark.parametrize("version", oracle.SENDER_CHOSEN_IDS)
@pytest.mark.parametrize(
    "event_id", [None, 1, [], "", "x", "$x", "$x:", "x:example.org", "$" + "a" * 43, "$é" * 130]
)
def test_in_early_versions_an_event_needs_a_right_id(rooms, version, first, requester, event_id):
    room = rooms[version]
    event = resigned(room, first, {**room.event(first), "event_id": event_id})
    assert_error(requester.ask(event, first), 400, "M_BAD_JSON")

    del event["event_id"]
    assert_error(requester.ask(event, first), 400, "M_BAD_JSON")


@pytest.mark.parametrize("version", oracle.STRICT_JSON)
def test_numbers_are_bounded_by_version(rooms, version, first, requester):
    room = rooms[version]
    for field, value in (("depth", 2**53), ("depth", -1), ("origin_server_ts", -1)):
        event = {**room.event(first), field: value}
        assert_error(requester.ask(event, first), 400, "M_BAD_JSON")


@pytest.mark.parametrize("version", oracle.OLD_JSON)
def test_early_depths_are_64_bits_wide(rooms, version, first, requester):
    room = rooms[version]
    for value in (2**63, -1):
        event = room.event(first, depth=value)
        assert_error(requester.ask(event, first), 400, "M_BAD_JSON")


def test_an_event_that_our_signature_makes_too_large_is_not_signed(room, first, program, requester):
    event = event_of_size(room, first, program, 65_537)

    assert_error(requester.ask(event, first), 400, "M_BAD_JSON")


def test_an_event_that_is_too_large_alone_is_not_signed(room, first, requester):
    for length in (65_536, 100_000, 300_000):
        event = room.event(first, content={"body": "x" * length})
        assert_error(requester.ask(event, first), 400, "M_BAD_JSON")


def test_unsigned_does_not_count_towards_the_size(modern, first, program, requester):
    event = event_of_size(modern, first, program, 65_536)
    event["unsigned"] = {"age_ts": 1_750_000_000_000}

    assert_signed(requester.ask(event, first), modern, event, program)


def test_a_version_12_event_has_a_room_id_but_for_its_create_event(rooms, first, requester):
    room = rooms["12"]
    message = room.event(first)
    del message["room_id"]
    assert_error(requester.ask(resigned(room, first, message), first), 400, "M_BAD_JSON")

    create = {**room.create_event, "room_id": room.room_id}
    assert_error(requester.ask(resigned(room, first, create), first), 400, "M_BAD_JSON")


def test_a_version_12_event_does_not_name_the_create_event_among_its_auth_events(
    rooms, first, requester
):
    room = rooms["12"]
    event = room.event(first, auth_events=["$" + room.room_id[1:]])

    assert_error(requester.ask(event, first), 400, "M_BAD_JSON")


def test_another_version_12_create_event_makes_a_room_that_we_do_not_know(rooms, first, requester):
    room = rooms["12"]
    event = room.event(first, CREATE, {"room_version": "12", "other": now_ts()}, state_key="")

    assert_error(requester.ask(event, first), 404, "M_NOT_FOUND")


@pytest.mark.parametrize(
    "room_id", ["", "x", "!", "!x", "!x:", "!:example.org:x", "#a:example.org", "!x:exa mple"]
)
def test_a_room_id_is_one(modern, first, requester, room_id):
    event = resigned(modern, first, {**modern.event(first), "room_id": room_id})
    response = requester.ask(event, first)

    assert_one_object(response)
    assert response.status in (400, 404), response.said


def test_misshapen_signatures_are_refused(modern, first, requester):
    for signatures in (
        {first.server_name: None},
        {first.server_name: []},
        {first.server_name: "x"},
        {first.server_name: {first.key.key_id: None}},
        {first.server_name: {first.key.key_id: 1}},
        {first.server_name: {first.key.key_id: {"x": 1}}},
        {first.server_name: {}},
        {"x": 1},
    ):
        event = {**modern.event(first), "signatures": signatures}
        assert_error(requester.ask(event, first), 400, "M_BAD_JSON", "M_FORBIDDEN")


@pytest.mark.parametrize("unsigned", [None, 1, "x", [], True, {"age": "x", "prev_content": 7}])
def test_a_misshapen_unsigned_is_nobodys_business(modern, first, program, requester, unsigned):
    event = {**modern.event(first), "unsigned": unsigned}
    response = requester.ask(event, first)

    if response.status == 200:
        assert_signed(response, modern, event, program)
    else:
        assert_error(response, 400, "M_BAD_JSON")


def test_misshapen_hashes_are_refused(modern, first, requester):
    for hashes in ({}, {"sha256": None}, {"sha256": 1}, {"sha256": {}}, {"sha256": []}):
        event = {**modern.event(first), "hashes": hashes}
        assert_error(requester.ask(event, first), 400, "M_BAD_JSON", "M_FORBIDDEN")
