"""Tests of lint: warnings about valid policies that are probably mistakes."""

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
def test_steps_without_effect_are_reported(source, words):
    assert any(words in look for look in looks(source)), looks(source)


def test_steps_with_an_effect_are_not_reported():
    assert looks(
        "filters: [{text-layout: {}, weight: 6}, {event-size: {}, weight: 6}, join-rate]\n"
        "thresholds: {warn: 5}\njudge_membership: true\nexempt: {trust: moderator}"
    ) == ()  # fmt: skip


def test_probable_mistakes_are_reported_with_their_line():
    source = """\
rules:
  - name: silent
    when: event.is_state
  - {name: weighed, when: event.is_state, weight: 3}
exempt:
  users: ["alice", "@bob:example.org", "@carol", "*:example.org", "@d*"]
  servers: ["@bot:example.org", "*.example.org"]
  rooms: ["#room:example.org", "!room:example.org", "!new"]
"""
    told = parse_policy(source.encode(), BUILTIN_FILTERS).remarks

    assert [each.partition(", which is")[0].partition(": write")[0] for each in told] == [
        "line 2: rules[0]: does not say what follows, so it refuses",
        "line 6: exempt.users[0]: 'alice' fits no user ID",
        "line 6: exempt.users[2]: '@carol' fits no user ID",
        "line 7: exempt.servers[0]: '@bot:example.org' fits no server name",
        "line 8: exempt.rooms[0]: '#room:example.org' fits no room ID",
    ]
