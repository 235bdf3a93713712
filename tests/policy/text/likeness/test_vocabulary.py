"""Tests of similarity by vocabulary: variations match, greetings and short texts do not."""

import pytest

from countersign.policy.text.likeness.vocabulary import (
    MAX_SMALL,
    alike_with,
    all_words,
    common_percent,
    few_words,
    have_common,
    small_vocabulary,
    vocabulary,
    within_percent,
)
from countersign.policy.text.normalisation import normalize


def words(text):
    return vocabulary(normalize(text))


@pytest.mark.parametrize(
    "text",
    [
        "hi",
        "Good morning everyone, I am present",
        "Hello, my name is Anna and I am in the data course",
        "Guten Morgen zusammen, ich bin auch da",
        "Добрый день всем, я присутствую",
        "https://example.org/a https://example.org/b",
        "what a nice day",
        "",
    ],
)
def test_greetings_and_short_texts_prove_nothing(text):
    assert words(text) == frozenset()


def test_variations_have_most_of_their_words_in_common():
    one = words("This room is trash, and all of you losers should leave it now")
    other = words("all you losers leave now!! this room is TRASH https://a.example/x7")

    assert common_percent(one, other) >= 60
    assert words(
        "The release notes mention a new parser for dates, does it work with leap seconds?"
    )
    assert (
        common_percent(one, words("The parser for dates fails on leap seconds since Monday")) < 20
    )


def test_scripts_without_spaces_are_compared_by_pairs_of_characters():
    one = words("免费领取比特币加我微信了解更多详情和优惠")
    other = words("加我微信免费领取比特币了解详情和更多优惠")

    assert common_percent(one, other) >= 50
    assert common_percent(one, words("大家好我是新来的同学请问作业在哪里提交")) < 20


def test_nothing_has_nothing_in_common():
    assert common_percent(frozenset(), frozenset()) == 0
    assert within_percent(frozenset(), frozenset({1})) == 0


def test_texts_that_are_drawn_from_a_few_words_are_found_one_by_way_of_another():
    a, b, c, d, e, f = (frozenset(range(start, start + 6)) for start in (0, 2, 4, 6, 8, 100))

    assert alike_with(a, [b, c, d, e, f], 40, 60) == [0, 1, 2, 3]
    assert alike_with(a, [f], 40, 60) == []
    assert alike_with(frozenset(), [a, frozenset()], 40, 60) == []


def test_a_vocabulary_of_many_words_is_a_languages():
    assert small_vocabulary([frozenset({1, 2}), frozenset({2, 3})]) == {1, 2, 3}
    assert small_vocabulary([frozenset(range(MAX_SMALL + 1))]) == frozenset()
    assert small_vocabulary([]) == frozenset()


def test_short_texts_have_words_too_unless_they_greet():
    assert len(all_words(normalize("you all are clowns"))) == 4
    assert len(all_words(normalize("is is stupid clowns"))) == 3
    assert all_words(normalize("hi everyone, hello")) == all_words("clowns!") == frozenset()


def test_whom_a_text_calls_is_no_word_of_it():
    assert few_words("@ada:example.org (@ben:example.org)") == frozenset()
    assert few_words("@ada:example.org does the bridge work") == few_words("does the bridge work")


@pytest.mark.parametrize(
    "text",
    [
        "thank you so much for organising this, it was really wonderful",
        "happy new year to all of you",
        "vielen herzlichen dank fur den schonen abend",
        "muchas gracias a todos por el evento",
        "congratulations on the release, it is awesome",
    ],
)
def test_thanks_and_wishes_are_not_compared(text):
    assert vocabulary(text) == frozenset()


def test_thanks_before_a_message_do_not_hide_it():
    raid = "this room is run by the crows leave while you can"

    plain, thanking = (
        vocabulary(raid),
        vocabulary(f"thank you so much everyone happy birthday {raid}"),
    )

    assert common_percent(plain, thanking) >= 80


@pytest.mark.parametrize("percent", [1, 50, 60, 70, 100])
def test_texts_have_words_in_common_by_their_percentage_whatever_their_lengths(percent):
    texts = [frozenset(range(begin, end)) for begin in range(4) for end in range(begin, 12)]

    assert all(
        have_common(one, other, percent) is (common_percent(one, other) >= percent)
        for one in texts
        for other in texts
    )
