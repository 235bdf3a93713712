"""Tests of `look-alike`: disguised words are found, plain ones and other languages pass."""

# ruff: noqa: RUF001

import pytest

from countersign.policy.document.options import OptionsInvalid
from countersign.policy.filters.text.look_alike import MAX_SEARCHED_CHARACTERS, LookAlike

WORDS = LookAlike(words=("PayPal", "free crypto", "сука", "all", "cop", "Größe"))
ANY = LookAlike(max_mixed_words=2)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "PayPal is down again, so is free crypto",
        "ail and ilI",
        "paypalling PAYPAL'S",
        "150 all, 411, 4ll0w, $100",
        "этот сор не убрали",
        "мы сука",
        "cyka",
        "die größe 44",
        "pay pal",
        "👍️ 🅰️",
    ],
)
def test_plain_words_other_words_and_other_languages_pass(message, no_facts, body):
    assert WORDS.judge(message(body), no_facts) is None


@pytest.mark.parametrize(
    "body",
    [
        "раypal",
        "buy with PayРal now",
        "p@ypa1!",
        "раураӏ",
        "ᴘᴀʏᴘᴀʟ",
        "🅿🅰🆈🅿🅰🅻",
        "fr33 crypt0",
        "frее\ncrуpto",
        "cук@",
        "суκа",
        "a1l",
        "сор",
        "gr0ße",
    ],
)
def test_a_disguised_word_is_refused(message, no_facts, body):
    assert WORDS.judge(message(body), no_facts) is not None


def test_the_moderator_is_told_the_word_its_spelling_and_the_place(message, no_facts):
    finding = LookAlike(words=("PayPal",)).judge(message("x", topic="go PАYPАL"), no_facts)

    assert finding is not None
    assert finding.reason == "contains the word 'paypal', spelled 'pаypаl', in topic"
    assert finding.value == "paypal"


def test_plain_words_are_refused_only_if_the_policy_says_so(message, no_facts):
    finding = LookAlike(words=("PayPal",), also_plain=True).judge(message("PayPal"), no_facts)

    assert finding is not None
    assert finding.reason == "contains the word 'paypal', in body"


@pytest.mark.parametrize(
    "body",
    [
        "IT-отдел смотрит в PDFе, API и wi-fi",
        "привет всем как дела",
        "Καλημέρα, the ΔT is ρgh, αx",
        "שלום hello مرحبا",
        "混合mixed文字and",
        "naïve café größe złoty ışık",
        "frее crурto",
        "frее frее frее frее crурto crурto",
    ],
)
def test_a_few_words_of_mixed_alphabets_pass(message, no_facts, body):
    assert ANY.judge(message(body), no_facts) is None


def test_many_words_of_mixed_alphabets_are_refused(message, no_facts):
    finding = ANY.judge(message("Frее crурto fоr yоu аnd mе, tоdаy аlоne"), no_facts)

    assert finding is not None
    assert finding.reason == (
        "contains 3 words of mixed alphabets, such as 'crурto'; this room allows 2"
    )
    assert (finding.value, finding.limit) == (3, 2)


def test_mixed_words_can_be_left_alone_and_are_looked_for_in_a_bounded_part(message, no_facts):
    mixed = "frее crурto tоdаy yоurs"

    assert LookAlike(max_mixed_words=0).judge(message(mixed), no_facts) is None
    assert ANY.judge(message("x " * MAX_SEARCHED_CHARACTERS + mixed), no_facts) is None


def test_two_words_of_one_skeleton_are_told_apart(message, no_facts):
    filter_ = LookAlike(words=("bill", "blll"))

    finding = filter_.judge(message("b1ll b!ll"), no_facts)

    assert finding is not None
    assert finding.value == "bill"


def test_a_word_too_short_to_be_disguised_is_a_mistake():
    with pytest.raises(OptionsInvalid) as caught:
        LookAlike(words=("coin", "to", "\u200bab"))

    assert [mistake.path for mistake in caught.value.mistakes] == [("words", 1), ("words", 2)]
