"""Tests of conditions: checked when read, bounded when run, tolerant of missing fields."""

import pytest

from countersign.policy.event_kinds.aspects import Aspect
from countersign.policy.facts import NO_FACTS, Facts
from countersign.policy.filters.cel.conditions import (
    Condition,
    ConditionInvalid,
    ConditionTooCostly,
)
from countersign.policy.filters.cel.variables import VARIABLES
from countersign.policy.measures.raid_mode import AT_PEACE, RaidView
from countersign.policy.measures.trust import Standing
from countersign.policy.measures.trust_records import Trust
from countersign.policy.questions.indicators import IndicatorFacts, IndicatorsSeen
from countersign.policy.questions.raids import SignsOfRaid
from countersign.policy.text.indicators.kinds import Indicator, IndicatorKind
from countersign.testing.counting import count_calls
from countersign.testing.misshapen import CONTENTS, TYPES


def holds(source, event, facts=NO_FACTS):
    return Condition(source).holds(event, facts)


def test_a_condition_is_evaluated(message, event):
    linked = message("see https://example.org/x")

    assert not holds("event.links.size() > 0", message("no links"))
    assert holds("event.links.size() > 0", linked)
    assert holds('sender.trust == "new" && event.links.size() > 0', linked)
    member = Standing(level=Trust.MEMBER, because="")
    assert not holds('sender.trust == "new"', event(standing=member))


@pytest.mark.parametrize(
    "source",
    [
        'event.text.contains("cheap")',
        'event.raw_text.startsWith("Cheap")',
        'event.text.matches("ch.{1,3}p")',
        'event.type == "m.room.message" && event.msgtype == "m.text"',
        'event.content.body == "Cheap watches"',
        'event.content["m.mentions"].user_ids.size() == 1',
        'event.mentions == ["@bob:example.org"]',
        'sender.server == "example.org" && sender.id.endsWith(":example.org")',
        "event.text_length > 5 && !event.is_state && event.state_key == ''",
        'event.raw_text.lowerAscii().split(" ").size() == 2',
        "!room.is_encrypted && sender.power_level == 0 && sender.known_hours < 24",
    ],
)
def test_the_variables_mean_what_the_manual_says(message, source):
    spam = message("Cheap watches", **{"m.mentions": {"user_ids": ["@bob:example.org"]}})

    assert holds(source, spam)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ('sender.trst == "new"', "at character 7: undeclared reference to 'sender.trst'"),
        ("sender.trust == 3", "at character 14: found no matching overload"),
        ("event.links.size() >", "at character 21: mismatched input"),
        ("event.links.size()", "it gives a value of type int, not true or false"),
        ("+".join(["1"] * 900) + " > 0", "recursion depth"),
        ("true || " * 400, "longer than 2,000 characters"),
        ("", "mismatched input"),
    ],
)
def test_a_mistake_is_told_with_its_place(source, reason):
    with pytest.raises(ConditionInvalid) as caught:
        Condition(source)

    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "source",
    [
        'event . text.contains("cheap")',
        'event.\ntext.contains("cheap")',
        'event\n\t.text.contains("cheap")',
        'event // what was sent\n.text.contains("cheap")',
        '.event.text.contains("cheap")',
        'event.`text`.contains("cheap")',
        '[1].exists(sender, sender == 1 && event . text.contains("cheap"))',
        'event . content . body == "Cheap watches"',
        'event\n.content["body"] == "Cheap watches"',
    ],
)
def test_a_variable_is_found_however_it_is_written(message, source):
    assert holds(source, message("Cheap watches"))
    assert not holds(source, message("something else"))


def test_names_in_strings_are_no_variables(message):
    quoted = Condition('event.text == "raid.is_on" // raid.is_on')

    assert list(quoted.asks()) == []
    assert list(Condition("raid . is_on").asks()) == [SignsOfRaid()]
    assert holds('[{"text": "x"}].exists(event, event["text"] == "x")', message())


def test_a_missing_field_makes_a_condition_false(message):
    assert not holds("event.content.info.w > 100", message())
    assert not holds('event.links[7] == "x"', message())


def test_a_condition_that_loops_too_long_is_given_up(message):
    links = message(" ".join(f"https://example.org/{number}" for number in range(300)))
    source = "event.links.all(a, event.links.all(b, event.links.all(c, a == b || a != c || true)))"

    with pytest.raises(ConditionTooCostly):
        holds(source, links)


@pytest.mark.parametrize(
    ("source", "is_true"),
    [
        ("room.is_encrypted && event.text_length > 0", False),
        ("event.text_length > 0 && (room.is_encrypted && event.links.size() == 0)", False),
        ("!event.is_state && !room.is_encrypted && event.text_length == 5", True),
        ("!room.is_encrypted && event.text_length == 6", False),
        ("room.is_encrypted || event.text_length == 5", True),
    ],
)
def test_joined_parts_are_true_together(message, source, is_true):
    assert holds(source, message("hello")) is is_true


def test_nothing_else_is_evaluated_if_one_part_is_false(message):
    links = message(" ".join(f"https://example.org/{number}" for number in range(300)))
    loops = "event.links.all(a, event.links.all(b, event.links.all(c, a == b || a != c || true)))"

    assert not holds(f"room.is_encrypted && {loops}", links)


def test_a_condition_about_other_types_is_not_evaluated_for_messages(event, message):
    source = 'event.type == "m.reaction" && event.text.matches("a.*b.*c")'
    unread = count_calls(lambda: Condition(source).holds(message("abc"), NO_FACTS))
    read = count_calls(lambda: Condition(source).holds(event("m.reaction", {"x": "abc"}), NO_FACTS))

    assert Condition(source).aspect is Aspect.OTHER_TYPE
    assert Condition('"m.reaction" == event.type').aspect is None
    assert Condition('event.type == "m.room.message"').aspect is None
    assert Condition('event.type == "m.room.member" && event.is_state').aspect is Aspect.STATE
    assert holds(source, event("m.reaction", {"x": "abc"}))
    assert not holds(source, message("abc"))
    assert unread < read


def test_a_regular_expression_cannot_run_wild(message):
    assert not holds('event.text.matches("(a+)+$")', message("a" * 8_000 + "!"))


def test_only_a_condition_that_looks_at_raids_asks_for_them(message):
    assert list(Condition('sender.trust == "new"').asks()) == []
    assert list(Condition("raid.is_on").asks()) == [SignsOfRaid()]
    assert holds(
        "raid.is_on", message(), Facts({SignsOfRaid(): RaidView(is_under_way=True, is_alike=True)})
    )
    assert not holds("raid.is_on", message(), Facts({SignsOfRaid(): AT_PEACE}))


@pytest.mark.parametrize("variable", VARIABLES, ids=lambda variable: variable.name)
def test_no_misshapen_content_makes_a_variable_fail(event, variable):
    condition = Condition(f"{variable.name} == {variable.name}")
    facts = Facts({SignsOfRaid(): AT_PEACE, IndicatorsSeen(86_400): ()})

    for event_type in TYPES:
        for content in CONTENTS:
            condition.holds(event(event_type, content), facts)


def test_conditions_can_read_facts_about_links_and_contacts(message):
    seen = IndicatorFacts(
        Indicator(IndicatorKind.HANDLE, "abc_def"), "handle 1", frozenset({"@a:b", "@c:d"})
    )
    known = Facts({IndicatorsSeen(86_400): (seen,)})
    nothing = Facts({IndicatorsSeen(86_400): ()})

    for condition in (
        'indicators.kinds.exists(kind, kind == "handle")',
        "indicators.newcomers == 2",
        "indicators.unknown == 1 && indicators.vouched == 0 && indicators.bad == 0",
        "indicators.posted_days == -1",
    ):
        assert list(Condition(condition).asks()) == [IndicatorsSeen(86_400)] * (
            condition.count("indicators.")
        )
        assert holds(condition, message(), known)
    assert not holds("indicators.kinds.size() > 0 || indicators.rooms > 0", message(), nothing)
