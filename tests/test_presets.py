"""Tests of the shipped presets: valid policies, alone and beneath a document."""

import pytest

from countersign.bootstrap.presets import read_presets
from countersign.policy.findings import Mode
from countersign.policy.policies.filter_registry import BUILTIN_FILTERS
from countersign.policy.policies.policy_documents import parse_policy

PRESETS = read_presets()


def parse(source):
    return parse_policy(source.encode(), BUILTIN_FILTERS, PRESETS)


def test_there_is_one_for_everyday_for_quiet_rooms_and_for_bad_nights():
    assert sorted(PRESETS) == ["newcomer-safe", "quiet", "under-attack"]


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_a_file_that_names_nothing_but_a_preset_is_a_policy(name):
    policy = parse(f"preset: {name}\n")

    labels = [step.label for step in policy.pipeline.steps]
    assert len(labels) == len(set(labels)) > 20
    # A preset is read as a document of its own, so that its mistakes would be told.
    assert parse_policy(PRESETS[name], BUILTIN_FILTERS, PRESETS).pipeline == policy.pipeline


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_a_documents_own_rate_stands_in_place_of_the_presets(name):
    own = "filters: [{event-rate: {per: sender, max_events: 3, per_seconds: 30}}]"

    steps = {step.label: step for step in parse(f"preset: {name}\n{own}").pipeline.steps}

    rate = steps["event-rate"]
    assert (rate.filter.max_events, rate.filter.per_seconds) == (3, 30)
    assert rate.mode is Mode.ENFORCE


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_every_word_for_a_sender_is_kind_and_tells_no_limit(name):
    for step in parse(f"preset: {name}").pipeline.steps:
        says = step.says or step.filter.says
        assert says.endswith(".")
        assert not any(map(str.isdigit, says))
