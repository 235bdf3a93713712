"""Tests of thresholds: one number, or one for each level of trust."""

import pytest

from countersign.policy.measures.trust_records import Trust
from countersign.policy.policies.differences import differences, step_fingerprints
from countersign.policy.policies.filter_registry import BUILTIN_FILTERS
from countersign.policy.policies.lint import lint_policy
from countersign.policy.policies.policy_documents import PolicyInvalid, parse_policy

PRESETS = {
    "flat": b"filters: []\nthresholds: {refuse: 12}\n",
    "by-level": b"filters: []\nthresholds: {warn: 4, refuse: {new: 10, member: 16}}\n",
}


def parse(source):
    return parse_policy(source.encode(), BUILTIN_FILTERS, PRESETS)


def refuses(source):
    thresholds = parse(source).pipeline.thresholds
    return [thresholds.of(level).refuse for level in Trust][1:]


def test_a_single_number_applies_to_every_level():
    assert refuses("filters: []\nthresholds: {refuse: 7}") == [7] * 5
    assert refuses("filters: []") == [10] * 5


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("filters: []\nthresholds: {refuse: {new: 9, member: 16}}", [9, 9, 16, 16, 16]),
        ("preset: by-level", [10, 10, 16, 16, 16]),
        ("preset: by-level\nthresholds: {warn: 5}", [10, 10, 16, 16, 16]),
        ("preset: by-level\nthresholds: {refuse: {trusted: 20}}", [10, 10, 16, 20, 20]),
        ("preset: by-level\nthresholds: {refuse: 8}", [8] * 5),
        ("preset: flat\nthresholds: {refuse: {member: 20}}", [12, 12, 20, 20, 20]),
    ],
)
def test_each_level_can_have_its_number(source, expected):
    assert refuses(source) == expected


def test_warnings_too_may_differ():
    thresholds = parse("filters: []\nthresholds: {warn: {member: 5}}").pipeline.thresholds

    assert [thresholds.of(level).warn for level in Trust][1:] == [0, 0, 5, 5, 5]
    assert {thresholds.of(level).refuse for level in Trust} == {10}


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ("{refuse: {members: 5}}", "Did you mean member?"),
        ("{refuse: {banned: 5}}", "untrusted, new, member, trusted or moderator"),
        ("{refuse: {new: 0}}", "a whole number of points, 1 to 1,000,000"),
        ("{refuse: {new: many}}", "a whole number of points, 1 to 1,000,000"),
        ("{warn: {}}", "a number, or one for each of"),
        ("{refuse: [1]}", "a whole number of points"),
        ("{refused: 1}", "an unknown option"),
        ("[1]", "a mapping"),
    ],
)
def test_mistakes_are_told_with_what_is_allowed(section, words):
    with pytest.raises(PolicyInvalid) as caught:
        parse(f"filters: []\nthresholds: {section}")

    assert words in str(caught.value), str(caught.value)


def test_a_difference_names_the_level():
    before = parse("filters: []")
    after = parse("filters: []\nthresholds: {refuse: {member: 16}}")
    (difference,) = differences(before, after)

    assert difference.name == "thresholds"
    assert "refuse.member: 16" in difference.details
    assert differences(after, parse("filters: []\nthresholds: {refuse: {member: 16}}")) == ()


def test_equal_numbers_for_all_levels_are_no_difference():
    assert (
        differences(parse("filters: []"), parse("filters: []\nthresholds: {refuse: {new: 10}}"))
        == ()
    )


def test_another_threshold_makes_another_step_of_what_has_a_weight():
    weighed = "filters: [{event-size: {}, weight: 3}, event-type: {deny: [a]}]\n"
    before = step_fingerprints(parse(weighed))
    after = step_fingerprints(parse(f"{weighed}thresholds: {{refuse: {{member: 16}}}}"))

    assert {name for name in before if before[name] != after[name]} == {"event-size"}


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("filters: [{event-size: {}, weight: 12}]\nthresholds: {refuse: {member: 16}}",
         "refuse.member is 16, and all weights that are enforced for member add up to 12"),
        ("filters: [{event-size: {}, weight: 12}]\nthresholds: {refuse: {new: 9, member: 8}}",
         "those who are trusted less may do more"),
        ("filters: [{event-size: {}, weight: 12}]", "it refuses without any other step"),
    ],
)  # fmt: skip
def test_thresholds_that_can_hardly_be_meant_are_told(source, words):
    looks = lint_policy(parse(source))

    assert any(words in look for look in looks), looks
