"""`text-model` gives points for what reads like advertising, and only for that."""

import pytest

from countersign.policy.facts import Facts
from countersign.policy.filters.text.text_model import TALK_POINTS, TextModel
from countersign.policy.findings import FindingKind
from countersign.policy.questions import Crowd

SCAM = (
    "Earn 500 dollars a day from home with crypto trading, no risk, guaranteed profit, contact me "
    "on https://t.me/richnow"
)
JUDGE = TextModel()


@pytest.mark.parametrize(
    "body",
    [
        "",
        "hello",
        "has anyone tried the new release yet? it works fine here",
        f"> <@eve:example.com> {SCAM}\n\nplease stop that",
        "the meeting is at six, join at https://meet.example.org/room",
    ],
)
def test_leaves_honest_texts_and_what_replies_quote_alone(message, no_facts, body):
    assert JUDGE.judge(message(body), no_facts) is None


def test_gives_points_as_evidence_and_names_the_strongest_parts(message, no_facts):
    finding = JUDGE.judge(message(SCAM), no_facts)

    assert finding.kind is FindingKind.EVIDENCE
    assert finding.points == finding.value >= 6
    assert "body (en)" in finding.reason
    assert "'profit'" in finding.reason


@pytest.mark.parametrize(
    "content",
    [
        {"format": "org.matrix.custom.html", "formatted_body": f"<b>{SCAM}</b>"},
        {"m.new_content": {"msgtype": "m.text", "body": SCAM}},
        {"filename": "a.png", "org.matrix.msc1767.caption": {"m.text": [{"body": SCAM}]}},
    ],
)
def test_sees_every_text(message, no_facts, content):
    assert JUDGE.judge(message("look", **content), no_facts).points >= 6


def test_gives_no_more_and_no_less_than_its_options_allow(message, no_facts):
    assert TextModel(max_points=3).judge(message(SCAM), no_facts).points == 3
    assert TextModel(max_points=3).most_points() == 3
    assert TextModel(min_points=12).judge(message(SCAM), no_facts) is None


def test_an_event_is_read_once_however_many_steps_ask(message, no_facts):
    event = message(SCAM)
    first = event.text_reading

    JUDGE.judge(event, no_facts)

    assert event.text_reading is first


def test_many_texts_are_read_up_to_a_limit(message, no_facts):
    event = message("look", **{f"k{n}": f"honest words number {n} and so on" for n in range(1_000)})

    assert JUDGE.judge(event, no_facts) is None


PITCH = "Earn 500 dollars a day from home with crypto trading, no risk, guaranteed profit today"


@pytest.mark.parametrize(
    "body",
    [
        f"they wrote '{PITCH}' again",
        f"I got this spam: {PITCH}",
        f"{PITCH}, c'est une arnaque",
    ],
)
def test_talk_about_fraud_is_worth_less(message, no_facts, body):
    finding = JUDGE.judge(message(body), no_facts)

    assert "only talks of such" in finding.reason
    assert finding.points <= JUDGE.judge(message(PITCH), no_facts).points - TALK_POINTS + 1


def test_who_says_where_to_write_does_not_only_talk_about_fraud(message, no_facts):
    finding = JUDGE.judge(message(f"no scam, no spam! {SCAM}"), no_facts)

    assert finding.points >= 6
    assert "only talks" not in finding.reason


def test_a_message_that_grows_into_a_pitch_by_edits_is_worth_more(message):
    filter_ = TextModel(edited_points=9)
    body = "we look for people for a remote job, 300 dollars a day"
    relation = {"rel_type": "m.replace", "event_id": "$x"}
    edit = message(
        f"* {body}",
        **{"m.new_content": {"msgtype": "m.text", "body": body}, "m.relates_to": relation},
    )
    (question,) = filter_.asks(edit)

    assert [*filter_.asks(message(body))] == [*TextModel().asks(edit)] == []
    once = filter_.judge(edit, Facts({question: Crowd()}))
    again = filter_.judge(edit, Facts({question: Crowd(by_sender=1)}))
    assert again.points >= 10 > (0 if once is None else once.points)
    assert "edited again" in again.reason
