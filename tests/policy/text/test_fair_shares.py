"""Tests of the limit on reading that the texts of an event share, the short ones first."""

import pytest

from countersign.policy.text.prose.fair_shares import LEAST_CHARS, beginning_of, fair_limit


@pytest.mark.parametrize(
    ("lengths", "limit"),
    [
        ([], 100),
        ([40], 100),
        ([400], 100),
        ([400, 400], 50),
        ([10, 400], 90),
        ([10, 20, 400, 400], 35),
    ],
)
def test_a_limit_lets_all_texts_together_take_the_total(lengths, limit):
    assert fair_limit(lengths, 100) == limit
    assert sum(min(length, limit) for length in lengths) <= 100


@pytest.mark.parametrize(
    ("content", "beginning"),
    [
        ({}, {}),
        ({"body": "b" * 300}, {"body": "b" * 100}),
        ({"a": "a" * 60, "b": "b" * 60, "c": "c"}, {"a": "a" * 60, "b": "b" * 40}),
        ({"a": {"b": ["c" * 20, "d" * 90]}, "e": 1}, {"a": {"b": ["c" * 20, "d" * 48]}}),
        ({"a": [1, [], {}], "b": "b"}, {"a": [1, [], {}], "b": "b"}),
        ({"a": [[]] * 300}, {"a": [[]] * 6}),
    ],
)
def test_the_beginning_of_a_content_has_so_many_characters(content, beginning):
    assert LEAST_CHARS == 16
    assert beginning_of(content, 100) == beginning


def test_a_content_that_is_small_enough_is_its_own_beginning():
    content = {"body": "x", "list": [{"a": {"b": []}}, "y", None, 1.5, True], "last": {}}

    assert beginning_of(content, 1_000) == content
