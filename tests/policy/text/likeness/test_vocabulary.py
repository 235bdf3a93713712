"""Variations of one message have their words in common; greetings and short texts prove nothing."""

import pytest

from countersign.policy.text.likeness.vocabulary import common_percent, vocabulary, within_percent
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
