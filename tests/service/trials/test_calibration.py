"""Tests of calibration: honest and refused events at other thresholds."""

from countersign.policy.decisions import Decision
from countersign.policy.findings import Finding, FindingKind
from countersign.policy.harms import Harm
from countersign.policy.measures.trust_records import Trust
from countersign.policy.review.summaries import Group
from countersign.service.trials.calibration import Calibration, ThresholdEffect


def decided(*weights, alone=False):
    found = tuple(
        Finding(
            filter="link", harm=Harm.SPAM, reason="r", says="s", weight=weight,
            kind=FindingKind.EVIDENCE,
        )
        for weight in (*weights, *([None] if alone else []))
    )  # fmt: skip
    return Decision.from_findings(found, policy_revision="1", trust=Trust.NEW)


def taken(*decisions, allowed=()):
    calibration = Calibration()
    for decision in decisions:
        is_allowed = any(decision is each for each in allowed)
        calibration.count(decision.for_record(), Trust.NEW, is_allowed=is_allowed)
    return calibration.by_level[Trust.NEW]


def test_each_event_is_in_one_group_with_its_score():
    false_positive = decided(6, 5)
    spared = decided(8, 8).spared("allowed as 7F3K9-QX2MB")
    scores = taken(
        decided(),
        decided(4),
        decided(7, 6),
        decided(3, alone=True),
        false_positive,
        spared,
        allowed=[false_positive],
    )

    assert scores.by_group == {
        Group.SIGNED: {0: 1, 4: 1},
        Group.ALLOWED: {11: 1, 16: 1},
        Group.REFUSED: {13: 1},
        Group.ALONE: {3: 1},
    }
    assert scores.highest == 16


def test_another_threshold_refuses_and_lets_pass_others():
    false_positive = decided(6, 5)
    scores = taken(
        decided(4), decided(9), decided(6, 6), decided(9, 9), false_positive,
        allowed=[false_positive],
    )  # fmt: skip

    assert scores.with_threshold(10) == ThresholdEffect(honest_refused=1, refused_passed=0)
    assert scores.with_threshold(9) == ThresholdEffect(honest_refused=2, refused_passed=0)
    assert scores.with_threshold(13) == ThresholdEffect(honest_refused=0, refused_passed=1)


def test_refusals_by_a_single_step_are_the_same_at_every_threshold():
    scores = taken(decided(3, alone=True))

    assert scores.with_threshold(1) == scores.with_threshold(99) == ThresholdEffect(0, 0)
