"""Tests of the kinds of findings: rule, evidence and courtesy."""

import pytest

from countersign.policy.decisions import Decision
from countersign.policy.facts import NO_FACTS
from countersign.policy.filter import Filter
from countersign.policy.findings import Finding, FindingKind, Mode
from countersign.policy.harms import Harm
from countersign.policy.policies.differences import differences, step_fingerprints
from countersign.policy.policies.filter_registry import BUILTIN_FILTERS
from countersign.policy.policies.policy_documents import PolicyInvalid, parse_policy
from countersign.policy.thresholds import Thresholds
from countersign.testing.filters import make_event_to_judge

RULE, EVIDENCE, COURTESY = FindingKind.RULE, FindingKind.EVIDENCE, FindingKind.COURTESY


def parse(source):
    return parse_policy(source.encode(), BUILTIN_FILTERS)


def kinds(source, body="buy"):
    event = make_event_to_judge("m.room.message", {"msgtype": "m.text", "body": body})
    decision = parse(source).pipeline.judge(event, NO_FACTS, "1")
    return [finding.kind for finding in decision.findings]


def finding(name, *, weight=None, kind=RULE, mode=Mode.ENFORCE):
    return Finding(
        filter=name, harm=Harm.SPAM, reason="r", says="s", weight=weight, kind=kind, mode=mode
    )


def decision(*findings, refuse=10, warn=0):
    thresholds = Thresholds(refuse=refuse, warn=warn)
    return Decision.from_findings(findings, policy_revision="1", thresholds=thresholds)


def test_each_built_in_filter_has_a_kind():
    by_kind = {
        kind: {name for name, each in BUILTIN_FILTERS.items() if each.finding_kind is kind}
        for kind in FindingKind
    }

    assert by_kind[EVIDENCE] == {
        "ai-moderation", "bare-mentions", "hidden-characters", "impersonation", "indicator",
        "look-alike", "mention-flood", "offer", "pile-on", "reaction", "redaction-rate",
        "text-model", "wave",
    }  # fmt: skip
    assert by_kind[COURTESY] == {
        "event-rate", "event-size", "group-flood", "inline-image", "join-rate", "media-kind",
        "mention-rate", "random-letters", "silence", "slow-mode", "text-layout",
    }  # fmt: skip
    assert {"keyword", "policy-list", "shape", "link"} < by_kind[RULE]


@pytest.mark.parametrize(
    ("options", "body", "kind"),
    [
        ("{deny: [spam.example]}", "https://spam.example", RULE),
        ("{max_links: 1}", "https://a.example https://b.example", COURTESY),
        ("{kinds: [credentials]}", "https://paypal.com@evil.example/", EVIDENCE),
        ("{kinds: [shortener]}", "https://bit.ly/x", RULE),
    ],
)
def test_a_filter_sets_the_kind_of_each_finding(options, body, kind):
    assert kinds(f"filters: [{{link: {options}}}]", body) == [kind]


def test_filters_of_others_and_conditions_make_rules():
    assert Filter.finding_kind is RULE
    assert finding("x").kind is RULE
    assert kinds("rules: [{name: a, when: 'true', refuse: true}]") == [RULE]


def test_a_step_may_have_another_kind():
    assert kinds("filters: [{keyword: {words: [buy]}, kind: courtesy}]") == [COURTESY]
    assert kinds("rules: [{name: a, when: 'true', refuse: true, kind: evidence}]") == [EVIDENCE]


def test_findings_with_a_weight_are_evidence():
    assert kinds("filters: [{keyword: {words: [buy]}, weight: 3}]") == [EVIDENCE]
    assert kinds("filters: [{event-size: {max_bytes: 256}, weight: 3}]", "x" * 500) == [EVIDENCE]


@pytest.mark.parametrize("kind", ["courtesy", "rule"])
def test_only_evidence_has_a_weight(kind):
    with pytest.raises(PolicyInvalid) as caught:
        parse(f"filters:\n  - keyword: {{words: [a]}}\n    weight: 3\n    kind: {kind}\n")

    assert str(caught.value) == (
        f"line 4: filters[0].kind: found {kind} together with a weight; "
        "allowed: evidence, which alone adds up to a score."
    )


def test_a_wrong_kind_is_told():
    with pytest.raises(PolicyInvalid, match=r"'evidense'; .* Did you mean evidence\?"):
        parse("filters: [{keyword: {words: [a]}, kind: evidense}]")


def test_a_difference_of_kind_is_shown_and_makes_no_other_step():
    before = parse("filters: [{keyword: {words: [a]}}]")
    after = parse("filters: [{keyword: {words: [a]}, kind: courtesy}]")

    assert [each.details for each in differences(before, after)] == [("kind: 'courtesy'",)]
    assert step_fingerprints(before) == step_fingerprints(after)


def test_a_stored_finding_keeps_its_kind_and_an_older_one_is_a_rule():
    stored = finding("a", kind=COURTESY).to_json()
    assert stored["kind"] == "courtesy"
    assert Finding.from_json(stored).kind is COURTESY

    del stored["kind"]
    assert Finding.from_json(stored).kind is RULE


def test_courtesy_beside_it_excuses_no_evidence_that_refuses_by_itself():
    slow, banned = finding("slow", kind=COURTESY), finding("banned", kind=RULE)
    weights = (finding("a", kind=EVIDENCE, weight=6), finding("b", kind=EVIDENCE, weight=4))
    both = decision(slow, *weights)

    assert both.held_against_sender == weights
    assert not both.is_courtesy
    assert decision(slow, weights[0]).is_courtesy
    assert decision(banned, *weights).held_against_sender == (banned,)
    assert Decision.from_json(both.to_json()).deciding == both.deciding


def test_a_refusal_is_held_against_its_sender_unless_it_is_all_courtesy():
    mixed = decision(finding("a", kind=COURTESY), finding("b"))
    shadowed = decision(finding("a", kind=COURTESY), finding("b", mode=Mode.SHADOW))

    assert not mixed.is_courtesy
    assert [each.filter for each in mixed.held_against_sender] == ["b"]
    assert shadowed.is_courtesy
    assert not decision().is_courtesy


@pytest.mark.parametrize(
    ("weights", "indispensable"),
    [
        ({"a": 6, "b": 6}, {"a", "b"}),
        ({"a": 10, "b": 3}, {"a"}),
        ({"a": 9, "b": 3, "c": 1}, {"a"}),
        ({"a": 6, "b": 5, "c": 5}, set()),
        ({"a": 6, "b": 5, "c": 4}, {"a"}),
        ({"a": 12, "b": 12}, set()),
    ],
)
def test_a_step_is_indispensable_if_the_rest_does_not_reach_the_threshold(weights, indispensable):
    refused = decision(*(finding(name, weight=weight) for name, weight in weights.items()))

    assert refused.indispensable_labels == indispensable


def test_the_findings_of_one_step_are_left_out_together():
    refused = decision(finding("a", weight=6), finding("a", weight=6), finding("b", weight=6))
    assert refused.indispensable_labels == {"a"}


def test_a_finding_that_decides_alone_is_indispensable_and_weights_are_not():
    refused = decision(finding("a"), finding("b", weight=20), finding("c"))
    assert refused.indispensable_labels == {"a", "c"}
    assert decision(finding("b", weight=2)).indispensable_labels == frozenset()


def test_a_warning_goes_by_its_own_threshold():
    warned = decision(finding("a", weight=4), finding("b", weight=1), refuse=10, warn=4)
    assert warned.is_warning
    assert warned.indispensable_labels == {"a"}
