"""Tests of language tags."""

import pytest

from countersign.policy.languages.tags import (
    LANGUAGE_NAMES,
    guess_tag,
    is_right_to_left,
    lookup,
    read_tag,
)


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("de", "de"),
        ("DE", "de"),
        ("no", "no"),
        ("pt-br", "pt-BR"),
        ("ZH-hANT-tw", "zh-Hant-TW"),
        ("es-419", "es-419"),
        ("de-CH-1901", "de-CH-1901"),
        ("gsw", "gsw"),
        ("pt_BR", None),
        ("xx", None),
        ("jp", None),
        ("german", None),
        ("", None),
        ("de-", None),
        ("de\n", None),
        ("dé", None),
        ("de-" + "a" * 8 + "-" + "b" * 8 + "-" + "c" * 8 + "-" + "d" * 8, None),
    ],
)
def test_a_tag_is_read_in_any_case(text, tag):
    assert read_tag(text) == tag


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("german", "de"), ("Deutsch", "de"), ("germn", "de"), ("pt_BR", "pt-BR"), ("jp", "ja"),
        ("cn", "zh"), ("de_DE.UTF-8", "de-DE"), ("العربية", "ar"), ("klingonese", None), (5, None),
        ("x" * 100_000, None),
    ],
)  # fmt: skip
def test_misspelled_tags_are_recognised(text, tag):
    assert guess_tag(text) == tag


def test_a_tag_falls_back_to_wider_ones():
    assert list(lookup("zh-Hant-TW")) == ["zh-Hant-TW", "zh-Hant", "zh"]


def test_the_direction_is_that_of_the_script():
    from_the_right = ["ar", "he", "fa", "ur-PK", "ar-Arab", "az-Arab", "uz-Arab-AF"]
    assert all(map(is_right_to_left, from_the_right))
    assert not any(map(is_right_to_left, ["en", "de", "zh-Hant", "ru", "az", "ar-Latn"]))


def test_every_language_of_two_letters_has_a_name():
    assert len(LANGUAGE_NAMES) == 183
    assert all(len(code) == 2 and name[0].isupper() for code, name in LANGUAGE_NAMES.items())
