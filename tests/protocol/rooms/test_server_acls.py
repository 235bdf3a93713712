"""Tests of server ACLs: the spec's rules, in bounded time."""

from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st
from synapse.synapse_rust.acl import ServerAclEvaluator

from countersign.protocol.rooms.server_acls import GlobSet, ServerAcl

hosts = st.text("ab.-1", min_size=1, max_size=8)
patterns = st.text("ab.*?A1", max_size=6)


def acl(**content) -> ServerAcl:
    return ServerAcl.parse(content)


def test_allows_who_is_allowed_and_not_denied():
    subject = acl(allow=["*"], deny=["*.evil.example", "evil.example"])

    assert subject.allows("good.example")
    assert not subject.allows("evil.example")
    assert not subject.allows("very.evil.example")
    assert subject.allows("notevil.example")


@pytest.mark.parametrize("name", ["evil.com", "evil.com:8448", "evil.com:1234", "EVIL.com"])
def test_heeds_neither_port_nor_case(name):
    assert not acl(allow=["*"], deny=["Evil.Com"]).allows(name)


@pytest.mark.parametrize("name", ["1.2.3.4", "1.2.3.4:80", "[::1]", "[::1]:8448"])
def test_addresses_are_names_like_any_unless_forbidden(name):
    assert acl(allow=["*"]).allows(name)
    assert not acl(allow=["*"], allow_ip_literals=False).allows(name)


def test_knows_an_ipv6_address_by_its_brackets():
    assert not acl(allow=["*"], deny=["[::1]"]).allows("[::1]:8448")
    assert not acl(allow=["*"], deny=["::*"]).denied.matches("[::1]")


@pytest.mark.parametrize("content", [{}, {"deny": []}, {"allow": "*"}, {"allow": {"*": 1}}])
def test_an_acl_that_allows_nobody_denies_everybody(content):
    assert not acl(**content).allows("good.example")


@pytest.mark.parametrize("deny", [None, "*", {"*": 1}, 7, [None, 7, ["*"]]])
def test_a_misshapen_deny_list_denies_nobody(deny):
    assert acl(allow=["*", 7], deny=deny).allows("good.example")


@pytest.mark.parametrize("value", [None, "false", 0, []])
def test_addresses_are_allowed_by_anything_but_false(value):
    assert acl(allow=["*"], allow_ip_literals=value).allows("1.2.3.4")


@pytest.mark.parametrize("name", ["", "a b", "evil.example\n", "[::1", "a.example:port", "ä"])
def test_an_invalid_server_name_is_denied(name):
    assert not acl(allow=["*"]).allows(name)


def test_a_question_mark_stands_for_exactly_one_character():
    globs = GlobSet.of(["a?c", "?"])

    assert globs.matches("abc")
    assert globs.matches("x")
    assert not globs.matches("ac")
    assert not globs.matches("abbc")
    assert not globs.matches("")


def test_a_dot_or_bracket_in_a_pattern_stands_for_itself():
    globs = GlobSet.of(["a.c", "[ab]"])

    assert not globs.matches("abc")
    assert not globs.matches("a")


@given(st.lists(patterns, max_size=6), hosts)
def test_matches_what_any_of_its_patterns_matches(many, host):
    expected = any(fnmatchcase(host, pattern.lower()) for pattern in many)

    assert GlobSet.of(many).matches(host) == expected


@given(
    st.lists(patterns | st.just("*"), max_size=4),
    st.lists(patterns, max_size=4),
    st.booleans(),
    hosts | st.sampled_from(["1.2.3.4", "[::1]", "A.B", "b.1"]),
)
def test_agrees_with_another_homeserver(allow, deny, allow_ip_literals, name):
    theirs = ServerAclEvaluator(allow_ip_literals, allow, deny)
    ours = acl(allow=allow, deny=deny, allow_ip_literals=allow_ip_literals)

    assert ours.allows(name) == theirs.server_matches_acl_event(name)


def test_reads_and_answers_the_nastiest_list_an_event_can_hold():
    """Backtracking would still be at it when the sun goes out."""
    deny = ["*a" * 120 + "?*b" + str(number) for number in range(250)]
    subject = acl(allow=["*"], deny=[*deny, *(f"*{number}?" for number in range(8000))])

    assert subject.allows("a" * 230)
    assert not subject.allows("a" * 230 + "xb7")


def test_a_pattern_longer_than_any_name_is_harmless():
    assert acl(allow=["*"], deny=["?" * 256, "a" * 100_000]).allows("a" * 230)
