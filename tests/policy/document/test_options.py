"""Tests of options: declared once, and read from documents."""

from dataclasses import dataclass
from enum import StrEnum

import pytest

from countersign.policy.document.options import (
    MAX_ITEM_CHARS,
    OptionsInvalid,
    option,
    options_of,
    read_options,
)


class Size(StrEnum):
    SMALL = "small"
    LARGE = "large"


@dataclass(frozen=True, kw_only=True)
class Sample:
    needed: int = option(minimum=1, maximum=9, unit="pieces", help="How many.")
    is_loud: bool = option(False, help="Whether it is loud.")
    size: Size = option(Size.SMALL, help="How large.")  # noqa: RUF009
    label: str = option("", help="What it is called.")
    words: tuple[str, ...] = option((), maximum=3, unit="words", help="Which words.")
    not_an_option: int = 5


def mistakes_in(given):
    with pytest.raises(OptionsInvalid) as caught:
        read_options(Sample, given)
    return list(map(str, caught.value.mistakes))


def test_silence_means_the_defaults():
    assert Sample(**read_options(Sample, {"needed": 3})) == Sample(needed=3)


def test_every_kind_is_read():
    given = {"needed": 1, "is_loud": True, "size": "large", "label": "x", "words": ["a", "b"]}

    assert Sample(**read_options(Sample, given)) == Sample(
        needed=1, is_loud=True, size=Size.LARGE, label="x", words=("a", "b")
    )


def test_a_missing_required_option_is_a_mistake():
    assert mistakes_in({}) == ["needed: found nothing; allowed: a whole number of pieces, 1 to 9."]


@pytest.mark.parametrize(
    ("given", "mistake"),
    [
        ({"needed": 0}, "needed: found 0; allowed: a whole number of pieces, 1 to 9."),
        ({"needed": True}, "needed: found true; allowed: a whole number of pieces, 1 to 9."),
        ({"needed": 1.5}, "needed: found 1.5; allowed: a whole number of pieces, 1 to 9."),
        ({"needed": None}, "needed: found nothing; allowed: a whole number of pieces, 1 to 9."),
        ({"is_loud": "yes"}, "is_loud: found 'yes'; allowed: true or false."),
        ({"is_loud": 1}, "is_loud: found 1; allowed: true or false."),
        ({"size": "lrge"}, "size: found 'lrge'; allowed: small or large. Did you mean large?"),
        ({"size": ["large"]}, "size: found a list; allowed: small or large."),
        ({"label": 5}, "label: found 5; allowed: a string."),
        ({"words": "a"}, "words: found 'a'; allowed: a list of words, at most 3."),
        ({"words": {}}, "words: found a mapping; allowed: a list of words, at most 3."),
        ({"words": ["a"] * 4}, "words: found 4 of them; allowed: a list of words, at most 3."),
        (
            {"words": ["a", 5]},
            "words[1]: found 5; allowed: a string of 1 to 1,000 characters; put it in quotes.",
        ),
        ({"words": [""]}, "words[0]: found ''; allowed: a string of 1 to 1,000 characters."),
        (
            {"word": []},
            (
                "word: found an unknown option; allowed: needed, is_loud, size, label or words. "
                "Did you mean words?"
            ),
        ),
    ],
)
def test_a_mistake_says_what_was_found_and_what_is_allowed(given, mistake):
    assert mistakes_in({"needed": 1} | given) == [mistake]


def test_a_long_item_is_shown_in_short():
    (mistake,) = mistakes_in({"needed": 1, "words": ["x" * (MAX_ITEM_CHARS + 1)]})

    assert len(mistake) < 200


def test_all_mistakes_are_listed():
    assert len(mistakes_in({"is_loud": 1, "x": 2, "words": [1, 2]})) == 5


def test_only_declared_fields_are_options():
    names = [declared.name for declared in options_of(Sample)]

    assert names == ["needed", "is_loud", "size", "label", "words"]


def test_an_option_of_another_type_cannot_be_declared():
    @dataclass(frozen=True, kw_only=True)
    class Wrong:
        ratio: float = option(0.5, help="A share.")

    with pytest.raises(TypeError, match="float"):
        options_of(Wrong)
