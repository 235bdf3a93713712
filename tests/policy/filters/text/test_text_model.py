"""`text-model` gives points for what reads like advertising, and only for that."""

import pytest

from countersign.policy.filters.text.text_model import TextModel
from countersign.policy.findings import FindingKind

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
