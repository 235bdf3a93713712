"""A newcomer may give a link or contact that a member asked for, and swindlers cannot use that."""

import pytest

from tests.waves.dice import join, text
from tests.waves.simulated_community import MEMBERS, ROOMS, Sent, simulated_community

LOBBY = ROOMS[0]
NEWCOMER, OTHER = "@nora:home.example", "@omar:home.example"
QUESTION = "what is the invite link of your group?"


async def refused(asker, question, answer, **more):
    """Return the labels of the refusal of a newcomer's answer to a question; empty if signed."""
    async with simulated_community() as played:
        outcome = await played.play([
            join(0, NEWCOMER),
            join(1, OTHER),
            Sent(20, NEWCOMER, text("hi, we have a chess group on Thursdays")),
            Sent(25, OTHER, text("nice weather today")),
            Sent(60, asker, text(question, **more)),
            Sent(80, NEWCOMER, text(answer)),
        ])  # fmt: skip
    return [label for _, labels in outcome.ham_refused for label in labels]


@pytest.mark.parametrize(
    "answer",
    [
        "t.me/chess_thursday",
        "here: https://discord.gg/wMnbUq7",
        "join on https://discord.gg/wMnbUq7, voice channel 2",
        "#chess:home.example",
    ],
)
async def test_a_link_that_a_member_asked_for_passes(answer):
    assert await refused(MEMBERS[3], QUESTION, answer) == []
    assert await refused(MEMBERS[3], "good to know", answer) != []


@pytest.mark.parametrize(
    ("asker", "question", "answer", "more"),
    [
        (OTHER, QUESTION, "t.me/chess_thursday", {}),
        (
            MEMBERS[3],
            QUESTION,
            "t.me/chess_thursday",
            {"m.mentions": {"user_ids": [OTHER]}},
        ),
        (
            MEMBERS[3],
            QUESTION,
            "I earned $4000 in a week with this trader, guaranteed profit: t.me/fast_gain",
            {},
        ),
        (MEMBERS[3], QUESTION, "https://github.com.login-check.top/join", {}),
    ],
    ids=["a newcomer asks", "another is asked", "a pitch", "an imitation"],
)
async def test_nothing_else_passes_by_it(asker, question, answer, more):
    assert await refused(asker, question, answer, **more) != []
