"""Tests of explanations of scores: the points of each finding, and the threshold."""

from countersign.policy.decisions import Decision
from countersign.policy.findings import Finding, FindingKind, Mode
from countersign.policy.harms import Harm
from countersign.policy.measures.trust_records import Trust
from countersign.policy.thresholds import Thresholds
from countersign.service.commands.moderation.score_sums import part_in_words, sum_in_words


def finding(name="link", *, weight=None, mode=Mode.ENFORCE, **more):
    return Finding(
        filter=name, harm=Harm.SPAM, reason="r", says="s", weight=weight, mode=mode,
        kind=FindingKind.EVIDENCE, **more,
    )  # fmt: skip


def decided(*findings, trust=Trust.NEW, **thresholds):
    return Decision.from_findings(
        findings, policy_revision="1", thresholds=Thresholds(**thresholds), trust=trust
    )


def test_each_part_says_what_it_adds():
    assert part_in_words(finding(weight=6)) == "adds 6 points"
    assert part_in_words(finding(weight=1)) == "adds 1 point"
    assert part_in_words(finding(weight=9, hits=2)) == "adds 9 points (2 hits)"
    assert part_in_words(finding(weight=4, points=9)) == (
        "adds 4 points (its own measure is 9, and the policy has it add no more)"
    )
    assert part_in_words(finding(weight=4, mode=Mode.SHADOW)) == "would add 4 points (shadow)"
    assert part_in_words(finding()) == "refuses it"
    assert part_in_words(finding(mode=Mode.WARN)) == "warns of it"
    assert part_in_words(finding(mode=Mode.SHADOW)) == "would refuse it (shadow)"


def test_the_sum_names_the_threshold_for_this_trust():
    decision = decided(finding(weight=6), finding("model", weight=6))

    assert sum_in_words(decision) == (
        "The evidence adds up to 6 + 6 = 12 points; from 10 on an event of newcomers is refused.",
    )


def test_too_weak_evidence_says_what_was_missing():
    decision = decided(finding(weight=6), trust=Trust.MEMBER, refuse=16)

    assert sum_in_words(decision) == (
        "The evidence adds up to 6 points; from 16 on an event of members is refused.",
        "10 points less than that, so it was signed.",
    )


def test_shadow_findings_are_not_in_the_sum():
    decision = decided(finding(weight=6), finding("model", weight=9, mode=Mode.SHADOW))

    assert sum_in_words(decision)[0].startswith("The evidence adds up to 6 points;")


def test_a_step_that_decides_alone_needs_no_evidence():
    decision = decided(finding("keyword"), finding(weight=3))

    assert sum_in_words(decision)[1] == "It made no difference: keyword decides alone."
    assert sum_in_words(decided(finding("keyword"))) == ()


def test_a_warning_is_refused_once():
    decision = decided(finding(weight=5), warn=4)

    assert sum_in_words(decision) == (
        "The evidence adds up to 5 points; from 4 on an event of newcomers is refused once.",
    )
