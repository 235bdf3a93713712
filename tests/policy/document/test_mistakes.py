"""Tests of mistakes in documents: understandable messages for their author."""

import pytest

from countersign.policy.document.mistakes import Mistake, listed, near_miss, path_text, shown


def test_a_mistake_says_where_what_and_what_else():
    mistake = Mistake(path=("a", 0, "b"), line=3, found="x", allowed="y", suggestion="z")

    assert str(mistake) == "line 3: a[0].b: found x; allowed: y. Did you mean z?"


def test_a_mistake_in_the_whole_has_no_place():
    assert str(Mistake(path=(), found="x", allowed="y")) == "found x; allowed: y."


@pytest.mark.parametrize(
    ("path", "text"), [((), ""), (("a",), "a"), ((0, "a", 1, 2), "[0].a[1][2]")]
)
def test_a_path_is_written_as_people_write_it(path, text):
    assert path_text(path) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "nothing"),
        (False, "false"),
        ([], "an empty list"),
        ([1], "a list"),
        ({}, "a mapping"),
        ("x\ny", r"'x\ny'"),
        (5, "5"),
    ],
)
def test_a_value_is_shown_as_it_would_be_written(value, text):
    assert shown(value) == text


@pytest.mark.parametrize(
    ("words", "text"), [(["a"], "a"), (["a", "b"], "a or b"), (["a", "b", "c"], "a, b or c")]
)
def test_words_are_listed_for_people(words, text):
    assert listed(words) == text


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("keywrd", "keyword"),
        ("event_size", "event-size"),
        ("Keyword", "keyword"),
        ("zzz", None),
        (5, None),
        ("on-error", "on_error"),
        ("tsets", "tests"),
    ],
)
def test_a_near_miss_is_recognized(word, meant):
    assert near_miss(word, ("keyword", "trust", "event-size", "on_error", "tests")) == meant
