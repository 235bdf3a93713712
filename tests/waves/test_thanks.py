"""Tests of newcomers who come for a release, and turn to the member who made it."""

import pytest

from tests.waves.dice import Dice, come, newcomers, reply_to, text
from tests.waves.simulated_community import (
    MEMBERS,
    REFERENCE,
    ROOMS,
    Sent,
    simulated_community,
)

AUTHOR = MEMBERS[3]
THANKS = (
    "thank you", "nice!", "great work", "which version is it?", "does it sync with my phone?",
    "it crashes when I open a PDF", "where do I send feedback?", "will it come to tablets?",
)  # fmt: skip
ELSE = (
    "hello from Chile", "same here, crashes", "works here on Fedora", "the page is slow today",
    "finally a dark mode", "reinstalling helped me", "is there a roadmap?", "my cat approves",
)  # fmt: skip


@pytest.mark.parametrize("seed", [1, 2])
async def test_newcomers_may_thank_a_member_while_others_speak_of_the_release(seed):
    dice = Dice("thanks", seed)
    sent = [Sent(0, AUTHOR, text("version 5 is out!"), label="out")]
    for user in newcomers(dice, 100, servers=50, kind="home"):
        at = 5 + dice.uniform(0, 600)
        sent += come(dice, [user], at, 1, rooms=[ROOMS[0]])
        content = text(dice.choice(ELSE))
        if dice.random() < 0.5:
            mention = {"m.mentions": {"user_ids": [AUTHOR]}}
            content = text(f"Dmitri: {dice.choice(THANKS)}", **mention)
            content |= reply_to(REFERENCE + "out")
        sent.append(Sent(at + dice.uniform(10, 60), user, content))
    async with simulated_community() as played:
        outcome = await played.play(sent)

    assert [(each.content["body"], labels) for each, labels in outcome.ham_refused] == []
