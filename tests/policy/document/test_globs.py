"""Tests of globs: they match whole identifiers, in linear time."""

import pytest

from countersign.policy.document.globs import NO_GLOBS, Globs


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
