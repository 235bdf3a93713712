"""Tests of what senders had refused, by which a repetition is recognised."""

import pytest

from countersign.service.answers.refused_texts import MAX_SENDERS, MAX_TEXTS, RefusedTexts
from countersign.testing.clocks import ManualClock
from countersign.testing.filters import make_event_to_judge, make_message_to_judge
from tests.contracts.broadcasts import Hub

KEY = ("a", "@ann:example.org", "3 in 600 s")
FIRST = "is this page a fraud? they say that I won https://prize-claim.xyz/go today"


def event_in(room_id):
    return make_event_to_judge(content={"msgtype": "m.text", "body": FIRST}, room_id=room_id)


def refused(*bodies, texts=None):
    texts = texts or RefusedTexts()
    for body in bodies:
        texts.note(KEY, make_message_to_judge(body), 1_000)
    return texts


@pytest.mark.parametrize(
    "again",
    [
        FIRST,
        "is this page a fraud? they say that I won something today",
        "can I trust prize-claim.xyz?",
        "what about https://prize-claim.xyz/other, then",
    ],
)
def test_the_same_words_or_the_same_domain_are_a_repetition(again):
    assert refused(FIRST).has_like(KEY, make_message_to_judge(again), 1_000)


@pytest.mark.parametrize(
    "another",
    [
        "earn 500 a day from home, ask me",
        "look: https://other-claim.xyz/go",
        "hi",
        "something else altogether for t.me/the_same_contact",
    ],
)
def test_another_thing_is_none(another):
    texts = refused(FIRST, "I doubled my savings here: t.me/the_same_contact")

    assert not texts.has_like(KEY, make_message_to_judge(another), 1_000)


def test_a_second_room_is_a_repetition_and_a_third_is_not():
    texts = RefusedTexts()
    texts.note(KEY, event_in("!one:b"), 0)
    assert texts.has_like(KEY, event_in("!two:b"), 0)
    texts.note(KEY, event_in("!two:b"), 0)

    assert texts.has_like(KEY, event_in("!one:b"), 0)
    assert not texts.has_like(KEY, event_in("!three:b"), 0)


def test_another_sender_and_what_is_long_ago_do_not_count():
    event = make_message_to_judge(FIRST)
    other = ("a", "@eve:example.org", KEY[2])

    assert not refused(FIRST).has_like(other, event, 1_000)
    assert not refused(FIRST).has_like(KEY, event, 1_001)


def test_an_event_without_words_repeats_nothing():
    assert not refused("", "+1").has_like(KEY, make_message_to_judge("+1"), 0)


def test_few_texts_and_senders_are_kept_and_an_erased_one_is_forgotten():
    texts = refused(FIRST, *(f"https://shop{number}.example/" for number in range(MAX_TEXTS)))
    event = make_message_to_judge(FIRST)
    assert not texts.has_like(KEY, event, 0)

    refused(FIRST, texts=texts)
    assert texts.has_like(KEY, event, 0)
    texts.forget_person(KEY[1])
    assert not texts.has_like(KEY, event, 0)

    refused(FIRST, texts=texts)
    for number in range(MAX_SENDERS):
        texts.note(("a", f"@x{number}:example.org", ""), make_message_to_judge("+1"), 1_000)
    assert not texts.has_like(KEY, event, 0)


def test_processes_share_what_was_refused():
    hub, clock = Hub(), ManualClock()
    one, other = RefusedTexts(), RefusedTexts()
    for each in (one, other):
        each.share(hub.join(), clock)
    refused(FIRST, texts=one)

    assert other.has_like(KEY, make_message_to_judge("can I trust prize-claim.xyz?"), 0)
