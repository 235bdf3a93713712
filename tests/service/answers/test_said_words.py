"""Tests of the words by which what newcomers say is compared."""

import pytest

from countersign.service.answers.said_words import vocabulary_said
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
