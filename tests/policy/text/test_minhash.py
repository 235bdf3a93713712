"""Tests of minhash: which parts of a text it covers."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countersign.policy.text.minhash import (
    MAX_WORDS,
    compared_words,
    is_courtesy,
    length_without_numbers,
    minhash_of,
)

SENTENCE = "the quick brown fox jumps over the lazy dog again"


@pytest.mark.parametrize(
    "varied",
    [
        pytest.param(f"12345 {SENTENCE} x9y", id="numbers"),
        pytest.param(f"{SENTENCE} https://spam.example/a see:http://b.example", id="links"),
        pytest.param(f"@anna:example.org {SENTENCE}", id="user ID"),
        pytest.param(f"(www.spam.example) {SENTENCE}\u2003www.", id="bare links"),
        pytest.param(SENTENCE.replace(" ", " \n\t"), id="white space"),
    ],
)
def test_numbers_and_links_are_left_out_with_all_that_touches_them(varied):
    assert minhash_of(varied) == minhash_of(SENTENCE)


def test_a_name_with_a_number_is_a_name():
    alike = minhash_of(f"{SENTENCE} PETR4 (VALE3) route66")

    assert alike == minhash_of(f"{SENTENCE} PETR VALE route")
    assert alike.likeness_percent(minhash_of(f"{SENTENCE} MULT3 ABEV3 USIM5").places) < 80


def test_numbers_and_codes_make_no_text_longer():
    assert length_without_numbers("your code is 123456, ref a8f3k2, at https://a.example") < 40
    assert length_without_numbers(SENTENCE) == len(SENTENCE)
    assert length_without_numbers("congratulations! https://app.example/releases/newest") == 15


def test_every_word_makes_a_text_longer():
    long = " ".join([SENTENCE] * 10)

    assert length_without_numbers(f"{long} 7") > 0.9 * len(long)


@given(st.text("abcé.,_@$-\u0430\uff45\u0301 \u00a0\n", max_size=60))
def test_a_text_is_compared_by_the_same_words_with_and_without_a_number_behind_it(text):
    assert compared_words(text) == compared_words(f"{text} 7")


@given(st.lists(st.text("ab1 9.-@é:/w", max_size=8), max_size=8).map(" ".join))
def test_words_without_numbers_are_the_same_in_a_plain_text_and_in_another(text):
    # What follows is white space that is not plain, so that each piece is looked at.
    assert compared_words(f"{text}\u2003") == compared_words(text)


@pytest.mark.parametrize("more", ["", " 7", " é"])
def test_so_many_words_of_a_text_are_compared(more):
    words = [f"{first}{second}" for first in "abcdefghijkm" for second in "abcdefghijkm"]

    assert compared_words(" ".join(words) + more) == words[:MAX_WORDS]


@pytest.mark.parametrize("text", ["thank you!", "thanks :)", "hi"])
def test_courtesy_is_a_text_of_thanks_and_greetings_alone(text):
    assert is_courtesy(text)


@pytest.mark.parametrize("text", ["", "thanks, write to anna", "hi.me", "t.me/thanks", "thanks 3"])
def test_other_words_and_places_are_no_courtesy(text):
    assert not is_courtesy(text)


def test_other_words_make_another_sketch():
    assert minhash_of(SENTENCE) != minhash_of(SENTENCE.replace("fox", "cat"))


@pytest.mark.parametrize("piece", ["a", "a.", "w.", ":/", "\u0661a"])
def test_a_word_of_60_kb_stops_nobody(piece):
    # It took 73 seconds once; the bound is a tripwire, and no measure.
    word = piece * (60_000 // len(piece))
    before = time.process_time()

    minhash_of(word)

    assert time.process_time() - before < 2
