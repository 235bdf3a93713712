"""Tests of `random-letters`: letters typed at random."""

import pytest

from countersign.policy.facts import Facts
from countersign.policy.filters.pace.random_letters import RandomLetters
from countersign.policy.findings import FindingKind
from countersign.policy.questions.crowds import Crowd
from countersign.policy.text.prose.letter_pairs import is_random_letters
from tests.policy.conftest import BOB, CAROL


@pytest.mark.parametrize(
    "text",
    ["qwd fkjx pzvr", "xkcjq wvbnm lkqhg dfjk", "zxcvbnm qwrt", "fjdkslghbv nvjdk"],
)
def test_random_letters_are_recognized(text):
    assert is_random_letters(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello everybody, how do I reset my password?",
        "noooooo hahahaha",
        "wszyscy szukają szczęścia",
        "strč prst skrz krk",
        "jdk 17 and gtk 4, both from the ppa",
        "kkkkkkk",
        "my xkqjzv stays black",
        "lobby xkqjz",
        "xkqjz",
        "asdfghjkl",
        "5f3759df 0xdeadbeef",
        "https://example.org/xqzjk",
        "привет, как дела?",
        "gdje je moj djed?",
    ],
)
def test_words_of_any_language_are_not(text):
    assert not is_random_letters(text)


def test_the_first_messages_pass_and_further_ones_are_refused_as_a_courtesy(message):
    judged = RandomLetters(own_events=2, senders=2)
    mashed = message("xkcjq wvbnm lkqhg dfjk")
    (question,) = judged.asks(mashed)

    def judge(*senders, own=0):
        crowd = Crowd(senders=frozenset(senders), by_sender=own)
        return judged.judge(mashed, Facts({question: crowd}))

    assert judge() is None
    assert judge(BOB) is None
    assert judge(mashed.sender, BOB, own=1) is None
    assert judge(mashed.sender, own=2).kind is FindingKind.COURTESY
    assert judge(BOB, CAROL).kind is FindingKind.COURTESY


def test_other_events_ask_nothing(message, event):
    assert RandomLetters().asks(message("hello everybody")) == ()
    assert RandomLetters().asks(event("m.reaction", {"body": "xkcjq wvbnm lkqhg dfjk"})) == ()
