"""Tests of words that are spelled out or written in another disguise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countersign.policy.text.finders import finder_of
from countersign.policy.text.prose.spelled_words import holds_disguised_words
from countersign.testing.counting import count_calls

SPELLED = r"(?:^|[^\pL\pN])(?:\pL[ .*_·•|-]{1,3}){5,}\pL(?:[^\pL\pN]|$)"
holds_two = finder_of(rf"(?s){SPELLED}.*{SPELLED}")
PIECES = ("a", "b ", "c.", "\u0434·", "e  ", "f*", "1", "\n", "x y z w v u ", " ", "-")


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_two_spelled_words_are_found_as_one_pattern_finds_them(text):
    # The other disguises take longer words or digits among letters.
    assert holds_disguised_words(text) == holds_two(text)


@pytest.mark.parametrize(
    ("text", "count"), [("t e l e g r a m", 1), ("t e l e g r a m / c o n t a c t", 2)]
)
def test_two_spelled_words_are_a_disguise_and_one_is_none(text, count):
    assert holds_disguised_words(text) == (count > 1)


def test_a_long_text_is_looked_at_in_few_steps():
    assert count_calls(lambda: holds_disguised_words("a\u00b7b " * 12_000)) < 50
