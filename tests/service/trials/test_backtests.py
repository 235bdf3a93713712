"""Tests of backtests with the allowances, dropped steps and warnings of the time."""

from dataclasses import replace

from countersign.bootstrap.judgement import build_dry_run
from countersign.policy.decisions import Decision, Verdict
from countersign.policy.facts import NO_FACTS
from countersign.policy.fingerprints import fingerprint
from countersign.policy.policies.filter_registry import BUILTIN_FILTERS
from countersign.policy.policies.policy_documents import parse_policy
from countersign.ports.stores.archive import ArchivedEvent, ArchivedJudgement
from countersign.service.trials.backtests import backtest
from countersign.testing.filters import make_message_to_judge

NOW_TS = 1_750_000_000_000
EVENT = make_message_to_judge("cheap watches")
REFUSES = "filters: [{name: adverts, keyword: {words: [watches]}}]"
WARNS = "filters: [{name: adverts, keyword: {words: [watches]}, mode: warn}]"


def policy(source):
    return parse_policy(source.encode(), BUILTIN_FILTERS)


def found(rules, **dropped):
    return rules.pipeline.judge(EVENT, NO_FACTS, rules.revision, **dropped)


def archived(decision, **known):
    return ArchivedEvent(
        community="default",
        event=EVENT,
        decided_ts=NOW_TS,
        is_refused=decision.verdict is Verdict.REFUSE,
        labels=(),
        judgement=ArchivedJudgement(key=b"k" * 32, decision=decision, answers={}, **known),
    )


def repeated(rules, *events):
    return backtest(events, rules, build_dry_run())


def test_an_allowance_applies_in_its_time_only():
    rules = policy(REFUSES)
    refused = found(rules).known_by(fingerprint(EVENT))
    allowed = archived(found(rules).spared("allowed as 7F3K9-QX2MB"))
    report = repeated(rules, allowed, replace(archived(refused), decided_ts=NOW_TS + 1))

    assert (report.of_revision, report.differing, report.refused_now) == (2, 0, 1)


def test_a_step_that_the_guard_had_dropped_is_dropped_again():
    rules = policy(REFUSES)
    dropped = found(rules, dropped=("adverts",))
    report = repeated(rules, archived(dropped, dropped=("adverts",)))

    assert dropped.verdict is Verdict.SIGN
    assert (report.of_revision, report.differing, report.refused_now) == (1, 0, 0)


def test_a_warned_sender_is_not_warned_again():
    rules = policy(WARNS)
    spared = found(rules).spared("warned before")
    warned = found(rules).known_by(fingerprint(EVENT))

    again = repeated(rules, archived(spared, warned=(1, 5_000)))
    first = repeated(rules, archived(warned, warned=(0, 0)))

    assert (again.differing, again.refused_now) == (0, 0)
    assert (first.differing, first.refused_now) == (0, 1)


def test_a_decision_that_comes_out_otherwise_is_counted():
    rules = policy(REFUSES)
    signed = Decision(verdict=Verdict.SIGN, policy_revision=rules.revision)
    report = repeated(rules, archived(signed))

    assert (report.of_revision, report.differing) == (1, 1)
    assert report.newly_refused.by_step == {"adverts": 1}


def test_events_of_an_earlier_version_are_judged_without_what_was_known():
    before = ArchivedEvent(
        community="default", event=EVENT, decided_ts=NOW_TS, is_refused=False, labels=()
    )
    report = repeated(policy(REFUSES), before)

    assert (report.unrecorded, report.of_revision, report.refused_now) == (1, 0, 1)
