"""Tests of globs: they match whole identifiers, in linear time."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countersign.policy.document.globs import NO_GLOBS, Globs, as_lines


def test_no_globs_describe_nothing():
    assert not NO_GLOBS
    assert not NO_GLOBS.match("")


@pytest.mark.parametrize(
    ("glob", "text"),
    [
        ("m.room.message", "m.room.message"),
        ("m.*", "m.room.message"),
        ("*:example.org", "@alice:example.org"),
        ("@bot?:x", "@bot1:x"),
        ("a**b", "ab"),
        ("*", "line\nfeed"),
        ("é?", "éé"),
    ],
)
def test_matches(glob, text):
    assert Globs([glob]).match(text)


@pytest.mark.parametrize(
    ("glob", "text"),
    [
        ("m.room", "m.room.message"),
        ("m.room", "mxroom"),
        ("*.org", "example.org.evil"),
        ("a?", "a"),
        ("[ab]", "a"),
        ("(a|b)*", "a"),
    ],
)
def test_does_not_match(glob, text):
    assert not Globs([glob]).match(text)


def test_any_glob_of_a_list_is_enough():
    globs = Globs(["a", "b*", "c?"])

    assert [globs.match(text) for text in ("a", "bb", "cc", "d")] == [True, True, True, False]


def test_a_beginning_is_one_among_few_and_among_many():
    for many in (["m.call.*"], [f"m.call.{n}*" for n in range(200)] + ["m.call.*"]):
        globs = Globs(many)

        assert globs
        assert [globs.match(text) for text in ("m.call.x", "m.call.", "m.call", "xm.call.x")] == [
            True, True, False, False,
        ]  # fmt: skip


def test_hostile_globs_take_linear_time():
    assert not Globs(["*a" * 100 + "b"]).match("a" * 50_000)


@given(st.text("ab.*?\n", max_size=6), st.text("ab.\n", max_size=8))
def test_a_glob_matches_what_its_signs_stand_for(glob, text):
    signs = {"*": ".*", "?": "."}
    expression = "".join(signs.get(sign) or re.escape(sign) for sign in glob)

    assert Globs([glob]).match(text) == bool(re.fullmatch(expression, text, re.DOTALL))


@given(
    st.lists(st.text("ab*?", min_size=1, max_size=4), max_size=4),
    st.lists(st.text("ab\n", max_size=5), min_size=1, max_size=4),
)
def test_globs_match_any_of_several_texts_if_they_match_one(globs, texts):
    globs = Globs(globs)

    assert globs.match_any(as_lines(texts)) == any(map(globs.match, texts))
