"""Tests of server names, user IDs, room IDs and event IDs against the spec's grammar."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countersign.protocol.errors import BadJson, ProtocolError
from countersign.protocol.identifiers import (
    HostPort,
    is_event_id,
    is_room_id,
    is_server_name,
    is_user_id,
    parse_server_name,
    server_name_of,
    split_server_name,
    without_user,
)

SERVER_NAMES = {
    "matrix.org": HostPort("matrix.org", None, is_ip_literal=False),
    "matrix.org:8888": HostPort("matrix.org", 8888, is_ip_literal=False),
    "1.2.3.4": HostPort("1.2.3.4", None, is_ip_literal=True),
    "1.2.3.4:1234": HostPort("1.2.3.4", 1234, is_ip_literal=True),
    "[1234:5678::abcd]": HostPort("1234:5678::abcd", None, is_ip_literal=True),
    "[1234:5678::abcd]:5678": HostPort("1234:5678::abcd", 5678, is_ip_literal=True),
    "[::ffff:1.2.3.4]": HostPort("::ffff:1.2.3.4", None, is_ip_literal=True),
    "localhost": HostPort("localhost", None, is_ip_literal=False),
    "MATRIX.org": HostPort("MATRIX.org", None, is_ip_literal=False),
    "1.2.3": HostPort("1.2.3", None, is_ip_literal=False),
    "a-b.c": HostPort("a-b.c", None, is_ip_literal=False),
}

NOT_SERVER_NAMES = [
    *["", ":", ":80", "a:", "a:x", "a:123456", "a:0", "a:65536", "a:80:80", "a:-1", "a: 80"],
    *["a b", "a\n", "\na", "a\0", "é.org", "a_b", "a/b", "a@b", "a%62", "http://a", "*"],
    *["256.1.1.1", "1.2.3.999", "01.2.3.4", "1.2.3.4000"],
    *["[]", "[::1", "::1", "[::g]", "[:::]", "[1.2.3.4]", "[fe80::1%eth0]", "[::1]x", "[[::1]]"],
    "a" * 256,
    "a:\uff11\uff12",  # full-width digits
]


@pytest.mark.parametrize("name", SERVER_NAMES)
def test_takes_a_server_name_apart(name):
    assert is_server_name(name)
    assert parse_server_name(name) == name
    assert split_server_name(name) == SERVER_NAMES[name]


@pytest.mark.parametrize("name", NOT_SERVER_NAMES)
def test_refuses_what_is_no_server_name(name):
    assert not is_server_name(name)
    with pytest.raises(BadJson):
        parse_server_name(name)
    with pytest.raises(BadJson):
        split_server_name(name)
    assert not is_user_id(f"@alice:{name}")


@pytest.mark.parametrize(
    ("identifier", "server_name"),
    [
        ("@alice:example.org", "example.org"),
        ("@alice:example.org:8448", "example.org:8448"),
        ("!room:[::1]:80", "[::1]:80"),
        ("$event:example.org", "example.org"),
    ],
)
def test_a_server_name_follows_the_first_colon(identifier, server_name):
    assert server_name_of(identifier) == server_name


@pytest.mark.parametrize("identifier", ["", "@alice", "$" + "a" * 43, "@a:b:c", "@alice:"])
def test_refuses_to_find_a_server_name_where_there_is_none(identifier):
    with pytest.raises(BadJson):
        server_name_of(identifier)


@pytest.mark.parametrize(
    "user_id",
    [
        "@alice:example.org",
        "@alice=2f+-_./:example.org:8448",
        "@Alice Smith!:example.org",
        "@日本\u0001\n:example.org",
        "@:example.org",
        "@" + "a" * 250 + ":b.c",
    ],
)
def test_accepts_user_ids_of_today_and_of_long_ago(user_id):
    assert is_user_id(user_id)


@pytest.mark.parametrize(
    "user_id",
    [
        *["", "@", "alice:example.org", "@alice", "@alice:", "!alice:example.org"],
        *["@ali\0ce:example.org", "@a:b:example.org", "@alice:example.org\n", " @alice:b.c"],
        "@" + "a" * 251 + ":b.c",
        "@" + "é" * 126 + ":b.c",
        "@alice:exam ple.org",
    ],
)
def test_refuses_what_is_no_user_id(user_id):
    assert not is_user_id(user_id)


@pytest.mark.parametrize("rest", ["opaque:example.org", "\n:a", "A" * 43, "-_" * 21 + "0"])
def test_room_and_event_ids_have_a_domain_or_are_a_hash(rest):
    assert is_room_id("!" + rest)
    assert is_event_id("$" + rest)
    assert not is_room_id("$" + rest)
    assert not is_event_id("!" + rest)


@pytest.mark.parametrize(
    "rest", ["", "opaque", "A" * 42, "A" * 44, "A" * 43 + "\n", "a\0:b", "a:b c", "=" * 43, "a:"]
)
def test_room_and_event_ids_are_nothing_else(rest):
    assert not is_room_id("!" + rest)
    assert not is_event_id("$" + rest)


def test_event_ids_of_room_version_3_may_have_slashes():
    assert is_event_id("$acR1l0raoZnm60CBwAVgqbZqoO/mYU81xysh1u7XcJk")


@given(st.text(max_size=60) | st.text(":.[]0123456789abcdef@!$", max_size=60))
def test_raises_nothing_but_a_protocol_error(text):
    is_user_id(text)
    is_room_id(text)
    is_event_id(text)
    try:
        split_server_name(text)
        server_name_of(text)
    except ProtocolError:
        pass


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("@eve:e.example", "(erased)"),
        (
            "says @eve:e.example. And @eve:e.example: no",
            "says (erased). And (erased): no",
        ),
        ("@eve:e.example.net and @eve:e.example-net", "@eve:e.example.net and @eve:e.example-net"),
        ("@eve:e.example:8448, @eve:e.examples", "@eve:e.example:8448, @eve:e.examples"),
        ('["@eve:e.example"]', '["(erased)"]'),
        ("", ""),
    ],
)
def test_a_user_is_struck_out_and_nobody_else(text, left):
    assert without_user(text, "@eve:e.example") == left


@pytest.mark.parametrize(
    ("user_id", "text", "left"),
    [
        ('@e"v\\e:e.example', r'{"by": "@e\"v\\e:e.example"}', '{"by": "(erased)"}'),
        (
            "@ünal:e.example",
            r'["@\u00fcnal:e.example", "@ünal:e.example"]',
            '["(erased)", "(erased)"]',
        ),
        ("@😀:e.example", r'["@\ud83d\ude00:e.example.net"]', r'["@\ud83d\ude00:e.example.net"]'),
        ("@a/b:e.example", "#/%40a%2Fb%3Ae.example?via=e.example", "#/(erased)?via=e.example"),
        ("@a/b:e.example", "#/%40a%2Fb%3Ae.example%3A8448", "#/%40a%2Fb%3Ae.example%3A8448"),
    ],
)
def test_a_user_is_struck_out_of_json_and_links(user_id, text, left):
    assert without_user(text, user_id) == left
