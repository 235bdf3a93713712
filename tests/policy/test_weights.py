"""Tests of scores: points, hits, weights, and thresholds by trust."""

from dataclasses import dataclass
from typing import ClassVar

import pytest

from countersign.policy.decisions import Decision, Verdict
from countersign.policy.facts import NO_FACTS
from countersign.policy.filter import Filter
from countersign.policy.findings import Finding, FindingKind, Mode
from countersign.policy.harms import Harm
from countersign.policy.judging.pipeline import Pipeline
from countersign.policy.judging.steps import Step
from countersign.policy.measures.trust import Standing
from countersign.policy.measures.trust_records import Trust
from countersign.policy.thresholds import Thresholds, weight_of_hits
from countersign.testing.filters import make_event_to_judge

EVIDENCE = FindingKind.EVIDENCE


@dataclass(frozen=True, kw_only=True)
class Found(Filter):
    name: ClassVar[str] = "found"
    harm: ClassVar[Harm] = Harm.SPAM
    says: ClassVar[str] = "Please do not."
    finding_kind: ClassVar[FindingKind] = FindingKind.EVIDENCE
    counts_hits: ClassVar[bool] = True

    points: int | None = None
    hits: int = 1
    kind: FindingKind | None = None

    def most_points(self):
        return self.points or 0

    def judge(self, event, facts):
        return self.refuse("found", points=self.points, hits=self.hits, kind=self.kind)


def event(level=Trust.NEW):
    return make_event_to_judge(
        "m.room.message", {}, standing=Standing(level=level, because="it is so")
    )


def judged(*steps, thresholds=None, level=Trust.NEW):
    pipeline = Pipeline(steps=steps, thresholds=thresholds or Thresholds())
    return pipeline.judge(event(level), NO_FACTS, "1")


@pytest.mark.parametrize(
    ("hits", "weight"), [(1, 4), (2, 6), (3, 7), (4, 8), (5, 8), (1_000_000, 8)]
)
def test_each_hit_adds_half_of_the_one_before_it(hits, weight):
    assert weight_of_hits(4, hits) == weight


def test_a_steps_weight_counts_by_the_hits():
    decision = judged(Step(filter=Found(hits=2), weight=6))

    assert (decision.score, decision.verdict) == (9, Verdict.SIGN)
    assert decision.findings[0].weight == 9
    assert judged(Step(filter=Found(hits=3), weight=6)).verdict is Verdict.REFUSE


def test_a_filters_own_points_count_where_the_step_has_no_weight():
    decision = judged(Step(filter=Found(points=9)))

    assert (decision.score, decision.threshold, decision.verdict) == (9, 10, Verdict.SIGN)
    assert judged(Step(filter=Found(points=10))).verdict is Verdict.REFUSE


def test_a_weight_is_the_most_that_points_may_add():
    assert judged(Step(filter=Found(points=9), weight=4)).score == 4
    assert judged(Step(filter=Found(points=3), weight=4)).score == 3
    assert judged(Step(filter=Found(points=3, hits=4), weight=8)).score == 3


@pytest.mark.parametrize(("points", "score"), [(-5, 0), (0, 0), (10**9, 1_000)])
def test_points_are_bounded(points, score):
    assert judged(Step(filter=Found(points=points))).score == score


def test_no_points_at_all_refuse_nothing_and_decide_nothing():
    decision = judged(
        Step(filter=Found(points=0), name="nothing"), Step(filter=Found(points=10), name="all")
    )

    assert [each.label for each in decision.deciding] == ["all"]


@pytest.mark.parametrize("kind", [FindingKind.RULE, FindingKind.COURTESY])
def test_findings_of_other_kinds_decide_alone_whatever_their_points(kind):
    for step in (Step(filter=Found(points=1, kind=kind)), Step(filter=Found(points=1), kind=kind)):
        decision = judged(step)

        assert decision.verdict is Verdict.REFUSE
        assert decision.findings[0].weight is None


def test_shadow_findings_have_a_weight_and_add_nothing():
    decision = judged(Step(filter=Found(points=12), mode=Mode.SHADOW))

    assert (decision.score, decision.threshold, decision.verdict) == (0, None, Verdict.SIGN)
    assert decision.findings[0].weight == 12


def test_a_threshold_may_differ_by_trust():
    thresholds = Thresholds.by_trust(warn=0, refuse={Trust.NEW: 10, Trust.MEMBER: 16})
    step = Step(filter=Found(points=12))
    verdicts = {
        level: judged(step, thresholds=thresholds, level=level).verdict.value
        for level in Trust
        if level is not Trust.BANNED
    }

    assert verdicts == {
        "untrusted": "refuse", "new": "refuse", "member": "sign", "trusted": "sign",
        "moderator": "sign",
    }  # fmt: skip
    assert judged(step, thresholds=thresholds, level=Trust.MEMBER).threshold == 16
    assert judged(step, thresholds=thresholds, level=Trust.NEW).threshold == 10


@pytest.mark.parametrize(
    ("given", "by_level"),
    [
        ({Trust.MEMBER: 16}, [10, 10, 16, 16, 16]),
        ({Trust.NEW: 8}, [8, 8, 8, 8, 8]),
        ({Trust.NEW: 12, Trust.TRUSTED: 20}, [10, 12, 12, 20, 20]),
    ],
)
def test_a_level_that_is_not_named_has_that_of_the_next_below(given, by_level):
    thresholds = Thresholds.by_trust(warn=0, refuse=given)

    assert [thresholds.of(level).refuse for level in Trust][1:] == by_level


def test_a_warning_threshold_allows_warnings():
    thresholds = Thresholds.by_trust(warn={Trust.MEMBER: 5}, refuse=10)
    pipeline = Pipeline(steps=(Step(filter=Found(points=6)),), thresholds=thresholds)

    assert pipeline.may_warn(event(Trust.MEMBER))
    warning = pipeline.judge(event(Trust.MEMBER), NO_FACTS, "1")
    assert (warning.is_warning, warning.verdict, warning.says) == (
        True, Verdict.REFUSE, "Please do not."
    )  # fmt: skip
    assert not pipeline.may_warn(event(Trust.NEW))
    assert not pipeline.judge(event(Trust.NEW), NO_FACTS, "1").is_warning


def test_steps_without_which_the_threshold_is_not_reached_are_indispensable():
    thresholds = Thresholds.by_trust(warn=0, refuse={Trust.MEMBER: 16})
    steps = (
        Step(filter=Found(points=9), name="a"),
        Step(filter=Found(points=8), name="b"),
        Step(filter=Found(points=1), name="c"),
    )
    member = judged(*steps, thresholds=thresholds, level=Trust.MEMBER)

    assert member.indispensable_labels == {"a", "b"}
    assert judged(*steps[:2], Step(filter=Found(points=9), name="c")).indispensable_labels == set()


def test_a_stored_decision_keeps_points_and_hits():
    decision = judged(Step(filter=Found(points=7, hits=3)))

    assert Decision.from_json(decision.to_json()) == decision


def test_a_finding_of_an_earlier_version_has_no_points_and_one_hit():
    stored = judged(Step(filter=Found())).findings[0].to_json()
    del stored["points"], stored["hits"]

    found = Finding.from_json(stored)

    assert (found.points, found.hits) == (None, 1)
