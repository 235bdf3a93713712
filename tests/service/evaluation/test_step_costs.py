"""Tests of measured costs of steps, sampled over a few events."""

from dataclasses import replace

import pytest

from countersign.policy.facts import Facts
from countersign.policy.policies.filter_registry import BUILTIN_FILTERS
from countersign.policy.policies.policy_documents import parse_policy
from countersign.service.answers.event_context import EventContext
from countersign.service.evaluation.step_costs import MAX_COMMUNITIES, ONE_IN, StepCosts
from countersign.testing.counting import count_calls
from countersign.testing.filters import make_message_to_judge

POLICY = parse_policy(
    b"filters: [event-size, {name: bad-words, keyword: {words: [spam]}}, event-rate]",
    BUILTIN_FILTERS,
)
OTHER = parse_policy(b"filters: [event-size]", BUILTIN_FILTERS)
TICK = 0.001


@pytest.fixture
def costs():
    """Costs by a clock that goes on by a millisecond with each look."""
    now = iter(range(1_000_000))
    return StepCosts(lambda: next(now) * TICK)


def make_context(policy=POLICY):
    event = make_message_to_judge("hello")
    return EventContext(community="a", policy=policy, room=None, event=event, now=0, now_ts=1)


def measure(costs, policy=POLICY, community="a"):
    watch = next(filter(None, (costs.watch() for _ in range(ONE_IN))))
    one = replace(make_context(policy), community=community)
    questions = policy.pipeline.all_questions(one.event, watch)
    policy.pipeline.judge(one.event, Facts(dict.fromkeys(questions, 0)), "r", watch=watch)
    costs.add(one, watch)


def test_a_sample_of_events_is_measured(costs):
    assert sum(costs.watch() is not None for _ in range(3 * ONE_IN)) == 3


def test_a_step_costs_what_passes_while_it_asks_and_judges(costs):
    for _ in range(2):
        measure(costs)

    found = costs.of_policy("a", POLICY.revision)
    # The rate asks and judges, the others judge alone.
    assert [(each.step, each.filter, each.events) for each in found] == [
        ("event-rate", "event-rate", 2),
        ("bad-words", "keyword", 2),
        ("event-size", "event-size", 2),
    ]
    assert [round(each.microseconds) for each in found] == [2_000, 1_000, 1_000]
    assert costs.seconds_of_filter("keyword") == pytest.approx(TICK)
    assert costs.seconds_of_filter("wave") == 0


def test_a_new_policy_begins_anew(costs):
    measure(costs)
    measure(costs, OTHER)

    assert costs.of_policy("a", POLICY.revision) == []
    assert [each.step for each in costs.of_policy("a", OTHER.revision)] == ["event-size"]
    assert costs.of_policy("b", OTHER.revision) == []


def test_a_filter_costs_what_its_steps_cost_in_the_policies_in_use_alone(costs):
    measure(costs)
    measure(costs, OTHER, community="b")
    assert costs.seconds_of_filter("event-rate") == pytest.approx(2 * TICK)

    measure(costs, OTHER)
    assert costs.seconds_of_filter("event-rate") == 0
    assert costs.seconds_of_filter("event-size") == pytest.approx(TICK)

    for number in range(MAX_COMMUNITIES):
        measure(costs, POLICY, community=f"c{number}")
    assert costs.of_policy("b", OTHER.revision) == []
    assert costs.seconds_of_filter("event-rate") == pytest.approx(2 * TICK)


def test_asking_for_a_filter_walks_no_policies(costs):
    measure(costs)
    for number in range(100):
        measure(costs, POLICY, community=f"c{number}")

    assert count_calls(lambda: costs.seconds_of_filter("event-rate")) < 10
