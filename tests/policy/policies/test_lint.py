"""What a valid policy says that can hardly be meant."""

import pytest

from countersign.bootstrap.presets import read_presets
from countersign.policy.policies.filter_registry import BUILTIN_FILTERS
from countersign.policy.policies.lint import lint_policy
from countersign.policy.policies.policy_documents import parse_policy


def looks(source):
    return lint_policy(parse_policy(source.encode(), BUILTIN_FILTERS, read_presets()))


@pytest.mark.parametrize("preset", list(read_presets()))
def test_presets_mean_what_they_say(preset):
    assert looks(f"preset: {preset}") == ()


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("filters: [{text-layout: {}, weight: 3}]", "weights never refuse"),
        ("filters: [event-size]\nthresholds: {warn: 3}", "it never warns"),
        ("filters: [{text-layout: {}, weight: 12}]\nthresholds: {warn: 20}", "weights never warn"),
        ("filters: [{text-layout: {}, weight: 12}]\nthresholds: {warn: 11}", "before they warn"),
        ("filters: [{event-size: {}, applies_to: [moderator]}]\nexempt: {trust: moderator}",
         "never applies"),
        ("filters: [{event-size: {}, applies_to: banned}]", "the banned alone"),
        ("filters: [join-rate]", "judges no membership"),
        ("filters: [event-size, event-size]", "twice with the same options"),
        ("filters: [{keyword: {words: [a]}}, {keyword: {words: [b]}}]", "Give each a name"),
    ],
)  # fmt: skip
def test_what_never_has_an_effect_is_told(source, words):
    assert any(words in look for look in looks(source)), looks(source)


def test_what_has_an_effect_is_not():
    assert looks(
        "filters: [{text-layout: {}, weight: 6}, {event-size: {}, weight: 6}, join-rate]\n"
        "thresholds: {warn: 5}\njudge_membership: true\nexempt: {trust: moderator}"
    ) == ()  # fmt: skip
