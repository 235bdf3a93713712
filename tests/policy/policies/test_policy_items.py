"""Tests of a document's filters and rules beside those of its preset."""

import pytest

from countersign.policy.decisions import Verdict
from countersign.policy.findings import Mode
from countersign.policy.harms import Harm
from countersign.policy.judging.steps import EVERYONE
from countersign.policy.measures.trust import Standing
from countersign.policy.measures.trust_records import Trust
from countersign.policy.policies.filter_registry import BUILTIN_FILTERS
from countersign.policy.policies.policy_documents import PolicyInvalid, parse_policy

PRESETS = {
    "calm": b"""
filters:
  - event-rate: {per: sender, max_events: 30, per_seconds: 60}
  - name: newcomer-mentions
    mention-flood: {max_users: 3}
    says: "Welcome! Please mention fewer people."
    applies_to: new
rules:
  - {name: no-notices, when: 'event.msgtype == "m.notice"', refuse: "No notices, please."}
exempt: {power_level: 50}
trust: {member_after_hours: 48}
""",
    "strict": b"preset: calm\nfilters: [{event-rate: {max_events: 5}}]\n",
}


def parse(source):
    return parse_policy(source.encode(), BUILTIN_FILTERS, PRESETS)


def mistakes_in(source):
    with pytest.raises(PolicyInvalid) as caught:
        parse(source)
    return [str(mistake) for mistake in caught.value.mistakes]


def steps(source):
    return {step.label: step for step in parse(source).pipeline.steps}


def test_a_preset_alone_is_a_policy():
    policy = parse("preset: calm")

    labels = [step.label for step in policy.pipeline.steps]
    assert labels == ["event-rate", "newcomer-mentions", "no-notices"]
    assert policy.pipeline.exemptions.power_level == 50
    assert policy.trust_rules.member_after_hours == 48


def test_a_documents_options_override_the_presets():
    source = """
preset: calm
filters:
  - event-rate: {max_events: 9}
  - name: newcomer-mentions
    mode: shadow
  - keyword: {words: [spam]}
rules:
  - {name: no-notices, refuse: "Not here."}
  - {name: more, when: "true", shadow: true}
exempt: {users: ["@bot:example.org"]}
"""
    found = steps(source)

    assert list(found) == ["event-rate", "newcomer-mentions", "no-notices", "keyword", "more"]
    assert (found["event-rate"].filter.max_events, found["event-rate"].filter.per_seconds) == (
        9,
        60,
    )
    assert found["newcomer-mentions"].mode is Mode.SHADOW
    assert found["newcomer-mentions"].filter.max_users == 3
    assert found["newcomer-mentions"].applies_to == Trust.NEW.up_to()
    assert found["no-notices"].says == "Not here."
    exemptions = parse(source).pipeline.exemptions
    assert exemptions.power_level == 50
    assert exemptions.users.match("@bot:example.org")


def test_the_first_item_of_a_name_changes_the_presets_and_the_second_is_added():
    source = "preset: calm\nfilters: [{event-rate: {max_events: 9}}, {event-rate: {per: room}}]"

    rates = [each.filter for each in parse(source).pipeline.steps if each.label == "event-rate"]
    assert [(each.per, each.max_events) for each in rates] == [("sender", 9), ("room", 30)]


def test_a_presets_filter_is_switched_off_by_name():
    assert "event-rate" not in steps("preset: calm\nfilters: [{name: event-rate, mode: off}]")


def test_a_preset_may_stand_on_another():
    assert steps("preset: strict")["event-rate"].filter.max_events == 5
    assert "newcomer-mentions" in steps("preset: strict")


def test_a_preset_that_changes_makes_another_policy_of_the_same_document():
    source = b"preset: calm"
    changed = PRESETS | {"calm": b"filters: []"}

    before = parse_policy(source, BUILTIN_FILTERS, PRESETS).revision
    assert parse_policy(source, BUILTIN_FILTERS, changed).revision != before


def test_mistakes_around_presets_are_told_in_the_documents_own_lines():
    source = """preset: clam
"""
    assert mistakes_in(source) == [
        "line 1: preset: found 'clam'; allowed: calm or strict. Did you mean calm?"
    ]
    source = """preset: calm
filters:
  - event-rate: {max_events: 0}
  - name: newcomer-mentoins
    mode: shadow
  - {name: event-rate, mention-flood: {}, mode: loud}
"""
    allowed = "a filter with its options, or the name of one in the preset"
    assert mistakes_in(source) == [
        (
            "line 3: filters[0].event-rate.max_events: found 0; "
            "allowed: a whole number of events, 1 to 1,000,000."
        ),
        (
            f"line 4: filters[1]: found no filter; allowed: {allowed}: newcomer-mentions or "
            "no-notices. Did you mean newcomer-mentions?"
        ),
        "line 6: filters[2].mode: found 'loud'; allowed: off, shadow, warn or enforce.",
    ]


def test_keys_beside_a_filter_are_read():
    (step,) = parse("""
filters:
  - mention-flood
    name: flood
    mode: warn
    weight: 3
    applies_to: [new, member]
    exempt: {event_types: [m.reaction], rooms: ["!a:b"], trust: trusted}
    on_error: pass
""".replace("- mention-flood\n", "- mention-flood: {}\n")).pipeline.steps  # fmt: skip

    assert (step.label, step.mode, step.weight) == ("flood", Mode.WARN, 3)
    assert step.applies_to == {Trust.NEW, Trust.MEMBER}
    assert step.exemptions.trust is Trust.TRUSTED
    assert step.exemptions.rooms.match("!a:b")


def test_everyone_is_looked_at_unless_the_policy_says_otherwise():
    (step,) = parse("filters: [mention-flood]").pipeline.steps

    assert step.applies_to is EVERYONE


@pytest.mark.parametrize(
    ("level", "is_refused"),
    [(Trust.UNTRUSTED, True), (Trust.NEW, True), (Trust.MEMBER, False), (Trust.MODERATOR, False)],
)
def test_a_filter_looks_at_those_to_whom_it_applies(event, no_facts, level, is_refused):
    source = "filters: [{mention-flood: {max_users: 0}, applies_to: new}]"
    content = {"msgtype": "m.text", "body": "@a:b.example"}
    sent = event(content=content, standing=Standing(level=level, because=""))

    decision = parse(source).pipeline.judge(sent, no_facts, "")

    assert (decision.verdict is Verdict.REFUSE) is is_refused


def test_the_banned_are_refused_whatever_they_say(message, event, no_facts):
    banned = event(standing=Standing(level=Trust.BANNED, because="a moderator said so"))
    pipeline = parse("filters: []").pipeline

    decision = pipeline.judge(banned, no_facts, "")

    assert decision.verdict is Verdict.REFUSE
    assert decision.findings[0].reason == "the sender is banned: a moderator said so"
    assert pipeline.judge(message(), no_facts, "").verdict is Verdict.SIGN


def test_a_rule_refuses_in_its_own_words(message, no_facts):
    source = """
rules:
  - name: first-links
    when: sender.trust == "new" && event.links.size() > 0
    refuse: "Links can be sent later."
    harm: spam
"""
    pipeline = parse(source).pipeline

    decision = pipeline.judge(message("https://example.org"), no_facts, "")

    assert pipeline.judge(message("hello"), no_facts, "").verdict is Verdict.SIGN
    assert decision.says == "Links can be sent later."
    assert decision.harms == (Harm.SPAM,)
    assert decision.trust is Trust.NEW
    assert decision.findings[0].label == "first-links"


def test_every_mistake_in_rules_is_told():
    source = """
rules:
  - {when: "true"}
  - {name: a, wehn: "true"}
  - {name: b, when: "sender.trst == 'new'", refuse: true}
  - {name: c, when: "true", refuse: "a", warn: "b"}
  - {name: d, when: "true", shadow: "x", weight: 0}
  - {name: e, when: "true", harm: spma, applies_to: newbie}
  - 5
"""
    mistakes = mistakes_in(source)

    assert [mistake.partition(":")[0] for mistake in mistakes] == [
        "line 3", "line 4", "line 4", "line 5", "line 6", "line 7", "line 7", "line 8", "line 8",
        "line 9",
    ]  # fmt: skip
    assert "Did you mean when?" in mistakes[1]
    assert "undeclared reference to 'sender.trst'" in mistakes[3]
    assert "Did you mean spam?" in mistakes[7]


def test_weights_add_up_to_a_warning_and_to_a_refusal(message, no_facts):
    source = """
thresholds: {warn: 3, refuse: 6}
rules:
  - {name: a, when: 'event.text.contains("a")', weight: 3, says: "Was it a?"}
  - {name: b, when: 'event.text.contains("b")', weight: 4, says: "Was it b?"}
  - {name: c, when: 'event.text.contains("c")', weight: 9, shadow: true}
"""
    pipeline = parse(source).pipeline

    def judged(text):
        decision = pipeline.judge(message(text), no_facts, "")
        return decision.verdict, decision.is_warning, decision.score, decision.says

    assert judged("c") == (Verdict.SIGN, False, 0, None)
    assert judged("a c") == (Verdict.REFUSE, True, 3, "Was it a?")
    assert judged("a b") == (Verdict.REFUSE, False, 7, "Was it b?")


def test_a_step_that_was_dropped_only_records(message, no_facts):
    pipeline = parse('rules: [{name: a, when: "true", refuse: true}]').pipeline

    decision = pipeline.judge(message(), no_facts, "", dropped={"a"})

    assert decision.verdict is Verdict.SIGN
    assert decision.findings[0].mode is Mode.SHADOW


def test_a_misplaced_key_is_reported_with_its_place():
    source = b"filters:\n  - keyword:\n      words: [a]\n      says: No.\n      mode: shadow\n"

    with pytest.raises(PolicyInvalid) as refused:
        parse_policy(source, BUILTIN_FILTERS)

    says, mode = map(str, refused.value.mistakes)
    assert says == (
        "line 4: filters[0].keyword.says: found says among the options of keyword; allowed: "
        "says beside the filter: in the column in which keyword begins."
    )
    assert mode.startswith("line 5: filters[0].keyword.mode: found mode among the options")


def test_a_step_of_the_preset_in_place_of_a_filter_is_told_how_to_be_changed():
    preset = b"filters: [{name: first-links, link: {}}]\nrules: [{name: r, when: event.is_state}]"
    source = b"preset: p\nfilters:\n  - first-links: {max_links: 3}\n  - r\n"

    with pytest.raises(PolicyInvalid) as refused:
        parse_policy(source, BUILTIN_FILTERS, {"p": preset})

    assert [str(mistake).partition("allowed: ")[2] for mistake in refused.value.mistakes] == [
        "name: first-links, to change that step, with link: and the options to change beside it.",
        "name: r, to change that step in the list rules.",
    ]
