"""Tests of normalisation: texts that look alike become the same string."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countersign.policy.text.normalisation import SEPARATOR, normalize, normalize_all, words_in


@pytest.mark.parametrize(
    "text", ["", "spam", "buy it now", "привет", "한국", "バカ", "ไม่", "हिन्दी"]
)
def test_plain_text_stays_as_it_is(text):
    assert normalize(text) == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("SPAM", id="capitals"),
        pytest.param("s\u200bp\u200da\u2060m", id="zero width"),
        pytest.param("\u202espam\u202c", id="bidirectional override"),
        pytest.param("s\u00adpam", id="soft hyphen"),
        pytest.param("sp\x01am", id="control character"),
        pytest.param("sp\x00am", id="NUL"),
        pytest.param("s\u0336p\u0336a\u0336m\u0336", id="struck through"),
        pytest.param("spa\u0301\u0300\u0315m", id="zalgo"),
        pytest.param("spám", id="accent"),
        pytest.param("\uff53\uff50\uff41\uff4d", id="full width"),
        pytest.param("ⓢⓟⓐⓜ", id="circled"),
        pytest.param("𝓈𝓅𝒶𝓂", id="mathematical letters"),
        pytest.param("s\ufe0fpam", id="variation selector"),
        pytest.param("sp\U000e0061am", id="tag"),
        pytest.param("sp\u3164am", id="Hangul filler"),
        pytest.param("  spam\n", id="white space around it"),
    ],
)
def test_a_disguised_word_is_the_word(text):
    assert normalize(text) == "spam"


def test_white_space_of_any_kind_and_amount_is_one_space():
    assert normalize("buy\n\n it\u00a0\u2003now") == "buy it now"
    assert normalize("buy\u2800it\u2800 now") == "buy it now"


@pytest.mark.parametrize(
    ("one", "other"), [("STRASSE", "straße"), ("İzmir", "izmir"), ("ﬃ", "FFI")]
)
def test_letters_fold_as_unicode_says(one, other):
    assert normalize(one) == normalize(other)


def test_letters_of_another_script_stay_different():
    assert normalize("\u0455\u0440\u0430\u043c") != "spam"


def test_texts_keep_apart_when_normalized_together():
    assert normalize_all(["A b", "", "\x00\u017f\x00", "d"]).split(SEPARATOR) == [
        "a b",
        "",
        "s",
        "d",
    ]


def test_a_list_of_words_loses_repeats_and_empty_ones():
    assert words_in(["Spam", "SPAM", "\u200b", "ham"]) == ("spam", "ham")


@given(st.text())
def test_normal_text_is_normal_already(text):
    once = normalize(text)

    assert normalize(once) == once


@given(st.lists(st.text(), min_size=1))
def test_normalizing_together_is_normalizing_each(texts):
    together = normalize_all(texts).split(SEPARATOR)

    assert together == [normalize(text) for text in texts]


@given(st.text(alphabet="\u0315\u0300\u05b0\u0e48\u093c\u3099a", max_size=300))
def test_text_never_grows_by_marks(text):
    assert len(normalize(text)) <= len(text)
