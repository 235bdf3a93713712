"""Tests of PDUs: only the format of the room version is accepted."""

import contextlib
import dataclasses
import hashlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from countersign.protocol.canonical_json import encode_canonical, parse_object
from countersign.protocol.errors import BadJson, EventMalformed, ProtocolError
from countersign.protocol.events.pdu import (
    MAX_EVENT_BYTES,
    Pdu,
    event_size_bytes,
    parse_pdu,
    room_id_of,
)
from countersign.protocol.room_versions import ROOM_VERSIONS, get_room_version
from tests.protocol.conftest import (
    ABSENT,
    HASH_OF_THE_CREATE,
    in_every_room_version,
    make_event,
    make_reference,
)

JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["", "@a:b", "!a:b", "$a:b", "$" + "a" * 43, "m.room.create", "\0", "\ud800"])
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["sha256", "a", "b:c", "signed"]), inner, max_size=3)
    ),
    max_leaves=8,
)


def make_create(rules, **changes):
    room_id = ABSENT if rules.room_id_is_create_hash else "!room:example.org"
    defaults = {"content": {}, "state_key": "", "room_id": room_id}
    defaults |= {"prev_events": [], "auth_events": []}
    return make_event(rules, type="m.room.create", **(defaults | changes))


def test_reads_a_message(rules, event):
    given = event()

    pdu = parse_pdu(given, rules)

    assert pdu.rules is rules
    assert pdu.json == {key: value for key, value in given.items() if key != "unsigned"}
    assert pdu.type == "m.room.message"
    assert pdu.sender == "@alice:example.org"
    assert pdu.sender_server == "example.org"
    assert pdu.room_id == given["room_id"]
    assert pdu.state_key is None
    assert not pdu.is_state
    assert pdu.content is given["content"]
    assert pdu.origin_server_ts == 1_700_000_000_000
    assert pdu.depth == 12
    assert pdu.signatures == {"example.org": {"ed25519:1": "c2lnbmF0dXJl"}}
    assert pdu.has_intact_content
    assert pdu.digest == hashlib.sha256(pdu.signed_bytes).digest()
    assert pdu.size_bytes == event_size_bytes(given, rules)


def test_unsigned_is_dropped(rules, event):
    """It can be much longer than an event, and queues of events are limited by their size."""
    whole = event(unsigned={"age": 1, "x": "y" * 100_000})

    pdu = parse_pdu(whole, rules)

    assert "unsigned" not in pdu.json
    assert pdu.has_intact_content
    assert "unsigned" in whole


def test_names_the_events_it_refers_to(rules, event):
    pdu = parse_pdu(event(), rules)

    if rules.sender_chooses_event_id:
        assert pdu.event_id == "$event:example.org"
        assert pdu.prev_events == ("$p:example.org",)
        assert pdu.auth_events == ("$a:example.org", "$b:example.org", "$c:example.org")
    else:
        assert len(pdu.event_id) == 44
        assert pdu.prev_events == ("$" + "p" * 43,)
        assert pdu.auth_events == ("$" + "a" * 43, "$" + "b" * 43, "$" + "c" * 43)


def test_reads_a_state_event(rules, event):
    pdu = parse_pdu(event(type="m.room.topic", state_key="", content={"topic": "x"}), rules)

    assert pdu.state_key == ""
    assert pdu.is_state


def test_a_pdu_does_not_change(rules, event):
    pdu = parse_pdu(event(), rules)

    with pytest.raises(dataclasses.FrozenInstanceError):
        pdu.room_id = "!other:example.org"
    assert not hasattr(pdu, "__dict__")


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"unsigned": ABSENT}, id="no unsigned"),
        pytest.param({"unsigned": {"age": 1, "x": {"y": []}}}, id="rich unsigned"),
        pytest.param({"unsigned": {"x": "x" * 70_000}}, id="huge unsigned"),
        pytest.param({"unsigned": None}, id="unsigned is null"),
        pytest.param({"org.example.custom": [1, {"a": None}]}, id="unknown key"),
        pytest.param({"origin": "example.org", "prev_state": []}, id="keys of long ago"),
        pytest.param({"content": {}}, id="empty content"),
        pytest.param({"type": ""}, id="empty type"),
        pytest.param({"state_key": "\0"}, id="NUL in the state key"),
        pytest.param({"state_key": "é" * 127}, id="state key of 254 bytes"),
        pytest.param({"sender": "@Old Name é:example.org:8448"}, id="historical sender"),
        pytest.param({"signatures": {}}, id="nobody signed"),
        pytest.param({"signatures": {"a": {}}}, id="a server without signatures"),
        pytest.param({"depth": 0}, id="depth 0"),
        pytest.param({"depth": 2**53 - 1}, id="deepest of new rooms"),
        pytest.param({"origin_server_ts": 0}, id="at the epoch"),
        pytest.param({"prev_events": [], "auth_events": []}, id="no references"),
        pytest.param({"type": "m.room.redaction", "redacts": "$x"}, id="redaction"),
    ],
)
@in_every_room_version
def test_accepts_what_the_format_allows(rules, event, changes):
    assert parse_pdu(event(**changes), rules).has_intact_content


NO_STRING = [ABSENT, None, 7, True, [], {}, ["@alice:example.org"]]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *[("type", value) for value in NO_STRING],
        *[("sender", value) for value in NO_STRING],
        *[("room_id", value) for value in NO_STRING],
        *[("state_key", value) for value in NO_STRING[1:]],
        *[("content", value) for value in (ABSENT, None, "x", 7, [])],
        *[("depth", value) for value in (ABSENT, None, "1", -1, 2**63, True, False, [], {})],
        *[("origin_server_ts", value) for value in (ABSENT, None, "1", -1, 2**63, True, [])],
        *[("hashes", value) for value in (ABSENT, None, "x", [], {}, {"sha256": None})],
        *[("hashes", {"sha256": value}) for value in (7, [], {}, True)],
        ("hashes", {"md5": "x"}),
        *[("signatures", value) for value in (ABSENT, None, "x", [], {"a": None}, {"a": "b"})],
        *[("signatures", {"a": {"b": value}}) for value in (None, 7, {}, [], True)],
        *[("prev_events", value) for value in (ABSENT, None, "x", {}, 7)],
        *[("auth_events", value) for value in (ABSENT, None, "x", {}, 7)],
        *[("auth_events", [value]) for value in (None, 7, "", "x", [], {}, ["$a:b"], "$a b")],
        *[("prev_events", [value]) for value in (True, "$", ["$a:b", {"md5": "x"}], ["$a:b", "x"])],
        ("sender", "alice:example.org"),
        ("sender", "@alice"),
        ("sender", "@ali\0ce:example.org"),
        ("sender", "@alice:example.org\n"),
        ("sender", "@alice:exam_ple.org"),
        ("sender", "@" + "a" * 244 + ":example.org"),
        ("type", "x" * 256),
        ("type", "é" * 128),
        ("state_key", "x" * 256),
        ("state_key", "😀" * 64),
        ("room_id", "room"),
        ("room_id", "!room"),
        ("room_id", "!ro\0om:example.org"),
        ("room_id", "!room:example.org\n"),
        ("room_id", "!" + "é" * 126 + ":b.c"),
    ],
)
@in_every_room_version
def test_refuses_any_other_shape(rules, event, key, value):
    with pytest.raises(EventMalformed, match=f"{key}|no numbers but integers"):
        parse_pdu(event(**({"hashes": {"sha256": "x"}} | {key: value})), rules)


@pytest.mark.parametrize(("key", "maximum"), [("prev_events", 20), ("auth_events", 10)])
@in_every_room_version
def test_counts_references(rules, event, key, maximum):
    reference = make_reference(rules, "x")

    assert len(getattr(parse_pdu(event(**{key: [reference] * maximum}), rules), key)) == maximum
    with pytest.raises(EventMalformed, match=f"more than {maximum} {key}"):
        parse_pdu(event(**{key: [reference] * (maximum + 1)}), rules)


@pytest.mark.parametrize("key", ["prev_events", "auth_events"])
@in_every_room_version
def test_takes_references_of_the_rooms_own_version_only(rules, key):
    formats = {
        "pair": ["$a:example.org", {"sha256": "x"}],
        "domain": "$a:example.org",
        "standard": "$" + "a" * 42 + "+",
        "url safe": "$" + "a" * 42 + "_",
        "too short": "$" + "a" * 42,
        "too long": "$" + "a" * 44,
        "wrong sigil": "!" + "a" * 43,
    }
    accepted = set()
    for name, reference in formats.items():
        with contextlib.suppress(EventMalformed):
            parse_pdu(make_event(rules, **{key: [reference]}), rules)
            accepted.add(name)

    version = int(rules.identifier)
    assert accepted == {"pair" if version <= 2 else "standard" if version == 3 else "url safe"}


@pytest.mark.parametrize(
    "reference",
    [
        ["$a:example.org"],
        ["$a:example.org", {"sha256": "x"}, {}],
        ["$a:example.org", {"sha256": 7}],
        ["$a:example.org", {"md5": "x"}],
        ["$" + "a" * 43, {"sha256": "x"}],
        [{"sha256": "x"}, "$a:example.org"],
        {"0": "$a:example.org"},
        "ab",
    ],
)
def test_takes_a_reference_of_rooms_1_and_2_as_a_pair_only(reference):
    rules = get_room_version("2")

    with pytest.raises(EventMalformed):
        parse_pdu(make_event(rules, auth_events=[reference]), rules)


def test_takes_a_reference_of_rooms_1_and_2_without_its_hash():
    event = make_event(get_room_version("2"), auth_events=[["$a:example.org", {}]])

    assert parse_pdu(event, get_room_version("2")).auth_events == ("$a:example.org",)


@pytest.mark.parametrize("event_id", [ABSENT, None, 7, "", "$a", "$" + "a" * 43, "$a:b c", "a:b"])
def test_wants_the_senders_event_id_in_rooms_1_and_2(event_id):
    rules = get_room_version("1")

    with pytest.raises(EventMalformed, match="event_id"):
        parse_pdu(make_event(rules, event_id=event_id), rules)
    with pytest.raises(EventMalformed, match="event_id"):
        parse_pdu(make_event(rules, event_id="$" + "a" * 250 + ":b.cd"), rules)


@pytest.mark.parametrize("event_id", [None, "$event:example.org", "$" + "a" * 43])
@in_every_room_version
def test_takes_no_event_id_from_anyone_since_room_version_3(rules, event, event_id):
    if not rules.sender_chooses_event_id:
        with pytest.raises(EventMalformed, match="carry no event_id"):
            parse_pdu(event(event_id=event_id), rules)


def test_the_deepest_event_depends_on_the_room_version(rules):
    maximum = 2**53 - 1 if rules.strict_json else 2**63 - 1
    deepest = make_event(rules, hashes={"sha256": "x"}, depth=maximum)

    assert parse_pdu(deepest, rules).depth == maximum
    with pytest.raises(EventMalformed):
        parse_pdu(deepest | {"depth": maximum + 1}, rules)


@pytest.mark.parametrize("number", [1.5, 1.0, 2**53, -(2**53)])
@pytest.mark.parametrize("key", ["content", "unsigned", "org.example.custom"])
@in_every_room_version
def test_numbers_are_canonical_since_room_version_6(rules, number, key):
    raw = json.dumps(make_event(get_room_version("5"), **{key: {"a": [number]}})).encode()
    shape = make_event(rules, hashes={"sha256": "x"})
    parsed = parse_object(raw)
    event = shape | {key: parsed.value[key]}

    if rules.strict_json:
        with pytest.raises(EventMalformed, match="integers"):
            parse_pdu(event, rules, is_strict_json=parsed.is_strict)
    else:
        assert parse_pdu(event, rules, is_strict_json=parsed.is_strict).content == event["content"]


def test_an_event_is_not_blamed_for_numbers_elsewhere_in_its_text(rules, event):
    """`send_join` answers thousands of events in one text."""
    assert parse_pdu(event(), rules).has_intact_content


def test_sees_that_content_was_taken_away_or_changed(rules, event):
    whole = event()

    emptied = parse_pdu(whole | {"content": {}}, rules)
    changed = parse_pdu(whole | {"content": {"body": "other"}}, rules)
    added = parse_pdu(whole | {"org.example.x": 1}, rules)

    assert not emptied.has_intact_content
    assert not changed.has_intact_content
    assert not added.has_intact_content
    assert emptied.signed_bytes == parse_pdu(whole, rules).signed_bytes


@pytest.mark.parametrize("claim", ["", "x", "not base64!", "é", "a" * 43, "a" * 10_000])
@in_every_room_version
def test_a_hash_that_is_no_hash_matches_nothing(rules, event, claim):
    assert not parse_pdu(event(hashes={"sha256": claim}), rules).has_intact_content


def test_knows_the_same_hash_in_another_spelling(rules, event):
    given = event()
    claim = given["hashes"]["sha256"]
    respelled = claim.replace("+", "-").replace("/", "_") + "="

    assert parse_pdu(given | {"hashes": {"sha256": respelled}}, rules).has_intact_content


def test_bounds_the_whole_event_with_its_signatures(rules):
    def make(padding):
        return make_event(rules, content={"body": "x" * padding})

    spare = MAX_EVENT_BYTES - event_size_bytes(make(0), rules)

    assert parse_pdu(make(spare), rules).size_bytes == MAX_EVENT_BYTES
    with pytest.raises(EventMalformed, match="larger than 65536 bytes"):
        parse_pdu(make(spare + 1), rules)
    with pytest.raises(EventMalformed, match="larger than 65536 bytes"):
        parse_pdu(make(spare) | {"signatures": {"example.org": {"ed25519:1": "x" * 20}}}, rules)


def test_measures_what_canonical_json_measures(rules, event):
    given = event(content={"é": "\n"}, signatures={"é": {"ed25519:é": "x"}})
    sized = {key: value for key, value in given.items() if key != "unsigned"}

    assert event_size_bytes(given, rules) == len(encode_canonical(sized))
    assert parse_pdu(given, rules).size_bytes == len(encode_canonical(sized))


@pytest.mark.parametrize("redacts", [None, 7, [], {}, True])
@in_every_room_version
def test_redacts_is_a_string_where_it_stands_at_the_top(rules, event, redacts):
    given = event(type="m.room.redaction", redacts=redacts)

    if rules.redacts_in_content:
        assert parse_pdu(given, rules).type == "m.room.redaction"
    else:
        with pytest.raises(EventMalformed, match="redacts"):
            parse_pdu(given, rules)


def test_a_room_id_has_a_domain_until_version_11_and_none_in_12(rules, event):
    with_domain, hashed = "!room:example.org", "!" + HASH_OF_THE_CREATE
    good, bad = (hashed, with_domain) if rules.room_id_is_create_hash else (with_domain, hashed)

    assert parse_pdu(event(room_id=good), rules).room_id == good
    with pytest.raises(EventMalformed, match="room_id"):
        parse_pdu(event(room_id=bad), rules)


def test_a_create_event_names_its_room_until_version_11_and_is_it_in_12(rules):
    pdu = parse_pdu(make_create(rules), rules)

    assert pdu.is_state
    if rules.room_id_is_create_hash:
        assert pdu.room_id == "!" + pdu.event_id[1:]
    else:
        assert pdu.room_id == "!room:example.org"
    assert room_id_of(pdu.json) == pdu.room_id


@pytest.mark.parametrize("room_id", [None, "!room:example.org", "!" + HASH_OF_THE_CREATE])
def test_a_create_event_of_version_12_carries_no_room_id(room_id):
    rules = get_room_version("12")

    with pytest.raises(EventMalformed, match="carries no room_id"):
        parse_pdu(make_create(rules, room_id=room_id), rules)


def test_nothing_else_of_version_12_goes_without_room_id():
    rules = get_room_version("12")

    for event_type in ("m.room.message", "m.room.create ", "M.ROOM.CREATE"):
        with pytest.raises(EventMalformed, match="room_id"):
            parse_pdu(make_event(rules, type=event_type, room_id=ABSENT), rules)


def test_nothing_of_version_12_is_authorised_by_the_create_event():
    rules = get_room_version("12")

    with pytest.raises(EventMalformed, match="auth_events name the create event"):
        parse_pdu(make_event(rules, auth_events=["$" + HASH_OF_THE_CREATE]), rules)


@pytest.mark.parametrize("room_id", ["!room:example.org", "!" + HASH_OF_THE_CREATE])
def test_finds_the_room_before_the_version_is_known(room_id):
    assert room_id_of({"room_id": room_id}) == room_id
    assert room_id_of({"type": "m.room.create", "room_id": room_id}) == room_id


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"type": "m.room.message"},
        {"type": ["m.room.create"]},
        {"type": "m.room.create", "room_id": None},
        {"room_id": 7},
        {"room_id": ["!room:example.org"]},
        {"room_id": "!room"},
        {"room_id": "room:example.org"},
        {"room_id": "!room:example.org\0"},
        {"type": "m.room.create", "depth": 2**60},
    ],
)
def test_refuses_to_guess_a_room(event):
    with pytest.raises(BadJson):
        room_id_of(event)


@settings(max_examples=400)
@given(
    st.sampled_from(list(ROOM_VERSIONS.values())),
    st.dictionaries(
        st.sampled_from(
            [
                *["type", "sender", "room_id", "state_key", "content", "depth", "hashes"],
                *["origin_server_ts", "prev_events", "auth_events", "signatures", "unsigned"],
                *["event_id", "redacts", "membership", "third_party_invite", "x"],
            ]
        ),
        JSON_VALUES,
        max_size=4,
    ),
)
def test_raises_nothing_but_event_malformed_whatever_the_event_holds(rules, changes):
    event = make_event(rules, hashes={"sha256": "x"}) | changes
    try:
        pdu = parse_pdu(event, rules)
    except EventMalformed:
        pass
    else:
        assert isinstance(pdu, Pdu)
    with contextlib.suppress(ProtocolError):
        room_id_of(event)
