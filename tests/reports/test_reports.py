"""Wrong refusals and missed spam that people reported are judged rightly by the presets."""

from pathlib import Path

import pytest

from countersign.bootstrap.presets import read_presets
from countersign.bootstrap.trials.dry_runs import dry_run_case
from countersign.policy.policies.filter_registry import BUILTIN_FILTERS
from countersign.policy.policies.policy_documents import parse_policy

CASES = Path(__file__).parent / "cases"
POLICIES = {
    file.stem: parse_policy(file.read_bytes(), BUILTIN_FILTERS, read_presets())
    for file in sorted(CASES.glob("*.yaml"))
}


@pytest.mark.parametrize(
    ("policy", "case"),
    [
        pytest.param(policy, case, id=f"{kind}: {case.name}")
        for kind, policy in POLICIES.items()
        for case in policy.tests
    ],
)
def test_reported_cases_are_judged_rightly(policy, case):
    failure = dry_run_case(case, policy).failure

    assert failure is None, failure


def test_every_kind_has_what_passes_and_what_is_refused():
    for kind, policy in POLICIES.items():
        expected = {word.value for case in policy.tests for word in case.expected}
        assert expected >= {"sign", "refuse"}, kind
