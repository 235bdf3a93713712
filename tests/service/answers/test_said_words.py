"""Tests of the words by which what newcomers say is compared."""

import pytest

from countersign.service.answers import said_words
from countersign.service.answers.said_words import (
    COPIED_AFTER_MS,
    MAX_SENDERS,
    MAX_TEXTS,
    FirstSenders,
    Said,
    vocabulary_said,
)
from countersign.testing.filters import make_message_to_judge


@pytest.mark.parametrize(
    "body",
    [
        "Found a blue scarf near the station this morning, write me here or WhatsApp 07700 900461",
        "Selling a desk, 140x70, for 40 €, pick up in the old town, Telegram @ines_lopez",
    ],
)
def test_small_ads_are_like_nobodys_text(body):
    assert vocabulary_said(make_message_to_judge(body)) == frozenset()


@pytest.mark.parametrize(
    "body",
    [
        "you have been raided by the crows, everybody out of this room now, it is ours tonight",
        "Lost: all of you, this room is ours from now on and nobody can do anything about it",
    ],
)
def test_the_text_of_a_raid_is_compared_without_a_contact_and_with_one(body):
    assert len(vocabulary_said(make_message_to_judge(body))) > 8
    advertised = f"{body}, double your money, WhatsApp 07700 900461"
    assert len(vocabulary_said(make_message_to_judge(advertised))) > 8


def words(*numbers):
    return frozenset(numbers)


@pytest.fixture
def comparisons(monkeypatch):
    """The number of comparisons of two texts so far, in a list."""
    made = [0]

    def count(name):
        compare = getattr(said_words, name)

        def counted(one, other):
            made[0] += 1
            return compare(one, other)

        monkeypatch.setattr(said_words, name, counted)

    count("common_percent")
    count("within_percent")
    return made


def texts_of_many(first):
    """Fill the memory with texts that are like nobody's; each shares a few words with all."""
    for number in range(MAX_SENDERS * MAX_TEXTS):
        own = range(1_000 + 20 * number, 1_020 + 20 * number)
        sender = f"@raider{number % MAX_SENDERS}:example.com"
        first.keep("a", Said(words(1, 2, 3, *own), 1_000 + number, sender))


def test_a_raid_that_repeats_its_texts_has_each_compared_with_all_others_once(comparisons):
    first = FirstSenders()
    texts_of_many(first)
    mine = Said(words(1, 2, 3, *range(1_000, 1_020)), 1_000 + COPIED_AFTER_MS + 1_000,
                "@raider0:example.com")  # fmt: skip
    comparisons[0] = 0

    assert all(first.was_first("a", mine) for _ in range(100))
    assert comparisons[0] <= MAX_SENDERS * MAX_TEXTS + 100 * 2 * MAX_TEXTS


def test_a_raid_with_the_words_of_members_has_few_texts_compared_with_all(comparisons):
    first = FirstSenders()
    texts_of_many(first)
    everyday = range(500, 540)
    first.keep("a", Said(words(*everyday), 2_000, "@raider0:example.com"))
    advice = [
        Said(words(*everyday, 600 + number), 3_000, f"@member{number}:example.org")
        for number in range(128)
    ]
    copied = tuple(each.words for each in advice[:32])
    comparisons[0] = 0

    for number in range(100):
        answer = Said(words(500, 501, 502, 503 + number % 30), 4_000, "@asks:example.com")
        assert not first.is_answer("a", answer, advice, copied)
    assert comparisons[0] <= 100 * 2 * len(advice) + 8 * (MAX_SENDERS * MAX_TEXTS + len(copied))


def test_an_answer_to_copied_advice_is_known_for_as_long_as_it_is_copied():
    first = FirstSenders()
    advice = [Said(words(*range(20)), 1_000, "@member:example.org")]
    answer = Said(words(1, 2, 3, 4, 90), 2_000, "@asks:example.com")

    assert first.is_answer("a", answer, advice, (words(*range(20)),))
    assert not first.is_answer("a", answer, advice, (words(*range(50, 70)),))
    assert first.is_answer("a", answer, advice, (words(*range(50, 70)), words(*range(18))))
