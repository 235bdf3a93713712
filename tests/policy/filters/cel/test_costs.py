"""Tests of the cost bound of conditions, which is computed when they are read."""

import pytest

from countersign.policy.facts import NO_FACTS, Facts
from countersign.policy.filters.cel.conditions import (
    Condition,
    ConditionInvalid,
    ConditionTooCostly,
    _environment,
)
from countersign.policy.filters.cel.costs import MAX_COST, cost_of
from countersign.policy.filters.cel.extents import ENGINE_TURNS, Extent, TooCostly
from countersign.policy.filters.cel.syntax import Call, read_syntax
from countersign.policy.filters.cel.variables import VARIABLES
from countersign.policy.measures.raid_mode import AT_PEACE
from countersign.policy.policies.filter_registry import BUILTIN_FILTERS
from countersign.policy.policies.policy_documents import PolicyInvalid, parse_policy
from countersign.policy.questions.raids import SignsOfRaid
from tests.policy.filters.cel.hostile_conditions import REFUSED, TAKEN, hostile_contents

IN_PEACE = Facts({SignsOfRaid(): AT_PEACE})


@pytest.mark.parametrize("source", REFUSED, ids=lambda source: source[:60])
def test_a_condition_that_may_take_long_is_refused_with_its_place_and_another_way(source):
    with pytest.raises(ConditionInvalid) as refused:
        Condition(source)

    place, _, reason = str(refused.value).partition(": ")
    assert place.startswith("at character ")
    assert int(place.removeprefix("at character ")) <= len(source)
    assert any(
        word in reason
        for word in ("times what a condition may", "in quotes", "expression that cannot be used")
    )


@pytest.mark.parametrize("source", TAKEN, ids=lambda source: source[:60])
def test_usual_conditions_are_accepted(source):
    assert 0 < Condition(source).cost <= MAX_COST


def test_accepted_conditions_judge_or_give_up_on_hostile_events(event):
    events = [event(content=content) for content in hostile_contents()]
    conditions = [Condition(source) for source in TAKEN]
    outcomes = set()
    for condition in conditions:
        for each in events:
            try:
                outcomes.add(condition.holds(each, IN_PEACE))
            except ConditionTooCostly:
                outcomes.add("given up")

    assert outcomes == {True, False, "given up"}


SOURCES_OF_VALUES = (
    'event.text.replace("", "-")',
    'event.text.replace("aa", "bbbbbbbbbb")',
    'event.text.split("")',
    'event.text.split("").join("xx")',
    'event.text.split("b").join("")',
    "event.text + event.text + event.raw_text",
    "event.text.lowerAscii().upperAscii().reverse()",
    "strings.quote(event.raw_text)",
    "string(bytes(event.raw_text))",
    '"%s and %d".format([event.text, 7])',
    '"%.900f".format([1.5])',
    "event.links.map(l, l + l)",
    "event.links.map(l, [l, l])",
    "event.links.map(l, event.mentions.size() > 0, l + l)",
    "event.content.l.map(x, x)",
    "event.links + event.mentions",
)


def weight(value):
    """Return how many characters and items a value of the engine holds."""
    if isinstance(value, str | bytes):
        return len(value), 0
    plain = value.items() if isinstance(value, dict) else value
    if not isinstance(value, dict | list):
        return 0, 0
    parts = [part for item in plain for part in (item if isinstance(value, dict) else (item,))]
    weights = [weight(getattr(part, "value", lambda part=part: part)()) for part in parts]
    return sum(chars for chars, _ in weights), len(parts) + sum(items for _, items in weights)


@pytest.mark.parametrize("source", SOURCES_OF_VALUES)
def test_no_value_is_larger_than_what_was_reckoned(source):
    values = {
        "event.text": "a" * 8_192,
        "event.raw_text": "\n" * 8_192,
        "event.links": ["h" * 81] * 200,
        "event.mentions": ["@" * 81] * 200,
        "event.content": {"l": ["x"] * 400},
    }
    compiled = _environment().compile(source)
    content = Extent(chars=65_536, items=500, length=500, is_json=True)
    extents = {each.name: each.extent for each in VARIABLES} | {"event.content": content}
    made = compiled.eval(data=values)
    chars, items = weight(made.value())
    # Whatever is made costs at least an eighth for each character and one for each item.
    reckoned = cost_of(read_syntax(compiled.serialize()), extents)

    assert chars + items > 300
    assert reckoned >= chars / 8 + items


def test_the_engine_stops_loops_where_the_reckoning_takes_it_to(message):
    together = Condition(
        'event.text.split("").all(x, x == "a") && event.raw_text.split("").all(x, x != "b")'
    )
    most = ENGINE_TURNS // 2

    assert together.holds(message("a" * (most - 1)), NO_FACTS)
    with pytest.raises(ConditionTooCostly):
        together.holds(message("a" * most), NO_FACTS)


def test_a_function_that_is_not_known_here_is_not_taken():
    with pytest.raises(TooCostly, match=r"function 'optional\.of' is not one"):
        cost_of(Call(function="optional.of", arguments=()), {})


def test_conditions_of_a_policy_are_bounded_together():
    costly = "event.text.matches('a[ab]{380}c')"
    rules = "".join(f'\n- {{name: r{n}, when: "{costly}", refuse: true}}' for n in range(20))

    with pytest.raises(PolicyInvalid) as refused:
        parse_policy(f"rules:{rules}".encode(), BUILTIN_FILTERS)

    assert str(refused.value).count("\n") == 0
    assert "line 14: rules[12].when: found a condition that is too much together" in str(
        refused.value
    )


def test_contents_are_cut_to_what_a_condition_looks_at(event):
    crowded = {"body": "x", "l": [1] * 25_000, "m": {"n": {"o": "deep", "p": "a" * 60_000}}}

    assert Condition('event.content.body == "x"').holds(event(content=crowded), NO_FACTS)
    deep = Condition('event.content.m["n"].o == "deep" && has(event.content.m.n)')
    assert deep.holds(event(content=crowded), NO_FACTS)
    assert not Condition("has(event.content.z)").holds(event(content=crowded), NO_FACTS)
    assert Condition('"body" in event.content.m || true').holds(event(content=crowded), NO_FACTS)
    assert Condition('"x" in event.content.l').holds(event(content={"l": ["x"]}), NO_FACTS)
    with pytest.raises(ConditionTooCostly, match="more than 10,000 values"):
        Condition('"body" in event.content').holds(event(content=crowded), NO_FACTS)
    with pytest.raises(ConditionTooCostly, match="more than 500 values"):
        Condition("event.content.l.map(x, x) == []").holds(event(content=crowded), NO_FACTS)
