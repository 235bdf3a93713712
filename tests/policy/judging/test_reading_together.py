"""Tests of findings over several messages: divided indicators and pitches, and their events."""

from dataclasses import replace

import pytest

from countersign.policy.decisions import Verdict
from countersign.policy.facts import Facts
from countersign.policy.filters.text.text_model import TextModel
from countersign.policy.judging.reading_together import StepResult, judged_together
from countersign.policy.measures.trust import Standing
from countersign.policy.measures.trust_records import Trust
from countersign.policy.policies.filter_registry import BUILTIN_FILTERS
from countersign.policy.policies.policy_documents import parse_policy
from countersign.policy.questions.indicators import IndicatorFacts, IndicatorsSeen
from countersign.policy.text.indicators.joining import RecentMessages

NEW = Standing(level=Trust.NEW, because="")
POLICY = parse_policy(b"filters: [{indicator: {}}]\nthresholds: {refuse: 8}\n", BUILTIN_FILTERS)


@pytest.fixture
def decide(event):
    """Return the decision on the last of several messages of one newcomer."""

    def make(*texts, place=None, **known):
        place = len(texts) - 1 if place is None else place
        recent = RecentMessages(texts, place) if len(texts) > 1 else None
        asked = event(
            content={"msgtype": "m.text", "body": texts[place]},
            standing=NEW,
            recent_messages=recent,
        )
        answers = {}
        for question in POLICY.pipeline.all_questions(asked):
            assert isinstance(question, IndicatorsSeen)
            about = asked.with_recent_messages if question.is_joined else asked
            answers[question] = tuple(
                IndicatorFacts(each, each.kind.value, **known) for each in about.indicators
            )
        return POLICY.pipeline.judge(asked, Facts(answers), "revision")

    return make


def test_talk_in_short_messages_passes(decide):
    for texts in (
        ("hello", "how are you?", "I came from example.org"),
        ("see https://shop.example/a", "what do you think?", "I like it"),
        ("Thanks.", "me too"),
    ):
        assert decide(*texts).score <= 1


def test_an_address_that_is_cut_apart_is_found(decide):
    decision = decide("hi all", "write to", "t.me", "/abc_def")

    assert decision.verdict is Verdict.REFUSE
    (finding,) = decision.findings
    assert finding.points == 8
    assert "cut apart" in finding.reason
    assert "abc_def" not in finding.reason
    # Greetings have nothing to do with it.
    assert finding.rests_on == (2,)


def test_a_name_after_a_messenger_is_weaker_until_others_send_it_too(decide):
    assert decide("contact me on telegram", "@abc_def").score == 4

    decision = decide(
        "contact me on telegram", "@abc_def", senders=frozenset({"@b:example.org", "@c:d"})
    )
    assert decision.score == 10
    assert decision.findings[0].rests_on == (0,)


def test_an_earlier_messages_findings_do_not_count_again(decide):
    decision = decide("my telegram: @abc_def", "really", senders=frozenset({"@b:c", "@c:d"}))

    assert decision.findings == ()


def test_the_order_is_that_of_the_room_also_in_an_edit(decide):
    assert decide("t.me", "/abc_def", place=0).score == 8


def test_a_finding_keeps_what_it_rests_on_in_the_database(decide):
    decision = decide("t.me", "/abc_def")

    assert type(decision).from_json(decision.to_json()) == decision


def points_for(event):
    """Return a finding of two points for each word that sells, as any filter might."""
    words = event.content["body"].split()
    points = 2 * sum(words.count(word) for word in ("buy", "sell", "now"))
    return TextModel().refuse("sells", points=points) if points else None


def judged(event, *texts, beside=()):
    """Return the findings on the last of several messages, of one filter and of others beside."""
    recent = RecentMessages(texts, len(texts) - 1)
    asked = event(content={"msgtype": "m.text", "body": texts[-1]}, recent_messages=recent)
    sells = StepResult(weighed(points_for(asked)), lambda each: weighed(points_for(each)))
    return judged_together([sells, *beside], asked)


def rests_on(event, *texts):
    found = judged(event, *texts)[0]
    return None if found is None else (found.points, found.rests_on)


def weighed(finding):
    # So that no single message is indispensable, as where the model's points end.
    return finding and replace(finding, weight=min(finding.points, 4))


def test_all_selling_messages_of_a_split_pitch_are_its_parts(event):
    texts = ("sell", "hello", "buy it", "now")
    evidence = StepResult(weighed(TextModel().refuse("names a contact", points=3)), None)

    found = judged(event, *texts, beside=[evidence])[0]

    # What stands between them belongs to it.
    assert (found.points, found.rests_on) == (6, (0, 1, 2))
    assert rests_on(event, "hello", "buy it", "now") == (4, (1,))
    assert rests_on(event, "hello", "write me") is None


PITCH = ("we look for people", "remote job", "$420 a day", "paid every evening", "no experience")


def test_a_contact_that_is_refused_for_itself_takes_the_pitch_before_it_along(event):
    strong = StepResult(weighed(TextModel().refuse("names a contact", points=4)), lambda _: None)

    for before, parts in ((PITCH, (0, 1, 2, 3, 4)), (("good morning", "I am new here"), ())):
        texts = (*before, "details: t.me/abc")
        asked = event(
            content={"msgtype": "m.text", "body": texts[-1]},
            recent_messages=RecentMessages(texts, len(before)),
        )
        assert judged_together([strong], asked)[0].rests_on == parts


def test_a_weak_finding_takes_nothing_along(event):
    weak = StepResult(weighed(TextModel().refuse("names a contact", points=3)), lambda _: None)
    asked = event(
        content={"msgtype": "m.text", "body": "x"}, recent_messages=RecentMessages((*PITCH, "x"), 5)
    )

    assert judged_together([weak], asked)[0].rests_on == ()


def test_signed_messages_do_not_count_against_any_next_one(event):
    assert judged(event, "buy it", "sell it", "good evening") == [None]
    whole = StepResult(None, lambda each: named(each, "t.me /abc"))
    assert judged(event, "buy it", "t.me", "/abc", "good evening", beside=[whole]) == [None, None]


def test_a_message_that_completes_an_address_ends_what_came_before(event):
    whole = StepResult(None, lambda each: named(each, "t.me/abc"))

    sells, names = judged(event, "buy it", "sell it", "t.me", "/abc", beside=[whole])

    assert (sells.points, sells.rests_on) == (4, (0, 1, 2))
    assert (names.points, names.rests_on) == (8, (2,))


def named(event, what):
    found = what in event.content["body"]
    return weighed_fully(TextModel().refuse("is cut apart", points=8)) if found else None


def weighed_fully(finding):
    return replace(finding, weight=finding.points)


def test_the_same_messages_are_joined_once_for_all_filters_that_read_them(event):
    texts = ("sell", "hello", "buy it", "now")
    asked = event(
        content={"msgtype": "m.text", "body": texts[-1]},
        recent_messages=RecentMessages(texts, len(texts) - 1),
    )
    read = []

    def judge(each):
        read.append(each)
        return weighed(points_for(each))

    judged_together([StepResult(None, judge), StepResult(None, judge)], asked)

    by_body = {each.content["body"]: each for each in read}
    assert len(read) > len(by_body) > 1
    assert all(each is by_body[each.content["body"]] for each in read)
