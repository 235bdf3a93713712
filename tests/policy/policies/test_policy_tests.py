"""Tests of policy tests: read with all mistakes, and run in order."""

import pytest

from countersign.bootstrap.trials.dry_runs import dry_run_case
from countersign.policy.measures.trust_records import Trust
from countersign.policy.policies.filter_registry import BUILTIN_FILTERS
from countersign.policy.policies.policy_documents import PolicyInvalid, parse_policy

POLICY = """\
filters:
  - keyword: {words: ["cheap watches"]}
  - name: greeting
    keyword: {words: ["helo"]}
    mode: warn
  - name: flood
    event-rate: {per: sender, max_events: 3, per_seconds: 10}
  - name: newcomer-links
    link: {deny: ["bad.example"]}
    applies_to: new
"""


def parse(tests):
    return parse_policy(f"{POLICY}tests:\n{tests}".encode(), BUILTIN_FILTERS)


def outcome(test):
    """Return why the one test fails; None if it passes."""
    policy = parse(f"  - {test}\n")
    failure = dry_run_case(policy.tests[0], policy).failure
    return failure and failure.because


@pytest.mark.parametrize(
    "test",
    [
        pytest.param("{message: lunch, expect: sign}", id="ham"),
        pytest.param("{message: Cheap watches, expect: refuse, by: keyword}", id="spam"),
        pytest.param("{message: helo, expect: warn, by: greeting}", id="a warning"),
        pytest.param("{message: helo, times: 2, expect: [warn, sign]}", id="warned before"),
        pytest.param("{message: hi, times: 4, expect: refuse, by: flood}", id="a flood"),
        pytest.param("{message: hi, times: 4, every_seconds: 9, expect: sign}", id="no flood"),
        pytest.param(
            "{messages: [a, b, c, {message: d, after_seconds: 60}], expect: sign}", id="a pause"
        ),
        pytest.param(
            "{messages: [a, b, c, {message: d, sender: '@b:c.d'}], expect: sign}", id="another"
        ),
        pytest.param("{message: 'https://bad.example/', expect: refuse}", id="a stranger's link"),
        pytest.param(
            "{message: 'https://bad.example/', sender: {trust: member}, expect: sign}",
            id="a member's link",
        ),
        pytest.param(
            "{message: 'https://bad.example/', expect: sign, "
            "sender: {known_hours: 30, accepted_events: 9}}",
            id="earned trust",
        ),
        pytest.param("{message: hi, sender: {trust: banned}, expect: refuse, by: trust}", id="ban"),
        pytest.param(
            "{event: {type: m.room.topic, state_key: '', content: {topic: Cheap watches}}, "
            "expect: refuse}",
            id="an event",
        ),
        pytest.param(
            "{event: {type: m.room.member, state_key: '@someone:example.org', "
            "content: {membership: leave, reason: Cheap watches}}, expect: sign}",
            id="an exit",
        ),
    ],
)
def test_a_case_with_the_expected_verdicts_passes(test):
    assert outcome(test) is None


@pytest.mark.parametrize(
    ("test", "because"),
    [
        ("{message: lunch, expect: refuse}", "expected refuse, found sign."),
        ("{message: helo, expect: refuse}", "expected refuse, found warn."),
        ("{message: Cheap watches, expect: refuse, by: flood}",
         "expected refuse by flood, found only keyword."),
        ("{message: lunch, expect: sign, by: flood}", "expected sign by flood, found nothing."),
        ("{messages: [a, Cheap watches], expect: [sign, sign]}", "expected sign, found refuse."),
    ],
)  # fmt: skip
def test_a_failed_case_reports_the_difference_to_its_expectation(test, because):
    assert outcome(test) == because


def test_a_failure_names_the_event_and_explains_it():
    policy = parse("  - {name: x, messages: [a, Cheap watches, b], expect: [sign, sign, sign]}\n")

    failure = dry_run_case(policy.tests[0], policy).failure

    assert failure.number == 2
    assert [finding.label for finding in failure.decision.findings] == ["keyword"]


def test_every_mistake_is_told_with_its_line():
    with pytest.raises(PolicyInvalid) as caught:
        parse("""\
  - {message: hi}
  - {message: 5, expect: sign}
  - {message: hi, event: {}, expect: sign}
  - {message: hi, expect: [sign, sign], sender: {trust: friend}}
  - {message: hi, expect: refuse, by: keywrd}
  - {event: {type: 5}, expect: sign}
  - {message: hi, expct: sign, expect: sign, room: {id: room}}
  - 5
""")

    told = list(map(str, caught.value.mistakes))
    assert [mistake.partition(":")[0] for mistake in told] == [
        "line 12", "line 13", "line 14", "line 15", "line 15", "line 16", "line 17", "line 18",
        "line 18", "line 19",
    ]  # fmt: skip
    assert "Did you mean keyword?" in told[5]
    assert "Did you mean expect?" in "".join(told[7:9])


def test_a_preset_keeps_its_tests_to_itself():
    presets = {"base": b"filters: []\ntests: [{message: a, expect: sign}]"}

    assert parse_policy(b"preset: base", BUILTIN_FILTERS, presets).tests == ()


def test_power_makes_a_moderator():
    policy = parse("  - {message: hi, sender: {power_level: 50, trust: new}, expect: sign}\n")

    assert policy.tests[0].events[0].sender.trust is Trust.NEW
