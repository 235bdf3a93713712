"""Tests of messages that waited in a client: they pass at once, a flood gains little by that."""

import pytest

from tests.waves.dice import join, text
from tests.waves.simulated_community import ROOMS, Sent, simulated_community

USER = "@noor:home3.example"
LINES = (
    "the boarding took an hour", "we sat beside the wing", "I read half of the book",
    "there was no coffee at all", "somebody's child sang all the way", "now we wait for the bags",
    "which line goes to the centre?", "my phone is at nine percent", "I bring the maps on Monday",
    "the printer in the office is broken", "thanks for the notes, they helped", "see you later",
)  # fmt: skip


async def refused(sent):
    async with simulated_community("newcomer-safe") as played:
        outcome = await played.play(sent)
    assert outcome.muted == set()
    return [each.content["body"] for each, _ in outcome.ham_refused]


def after(seconds, bodies, apart=0.3):
    yield join(10, USER)
    yield Sent(20, USER, text("hello, I am new here"))
    for number, body in enumerate(bodies):
        yield Sent(20 + seconds + number * apart, USER, text(body), room_id=ROOMS[0])


async def test_a_dozen_different_messages_pass_at_once_after_a_pause():
    assert await refused(after(200, LINES)) == []


async def test_a_stranger_who_came_just_now_is_asked_to_pause():
    assert len(await refused(after(30, LINES))) >= 6


@pytest.mark.parametrize(
    "bodies",
    [
        ["read what I wrote about you"] * 12,
        [f"{line} {number} @bea:example.org" for number, line in enumerate(LINES)],
        [f"{line}, call +49 151 5550{number:03}" for number, line in enumerate(LINES)],
        [f"{line} https://page{number}.example/x" for number, line in enumerate(LINES)],
    ],
    ids=["the same text", "mentions", "phone numbers", "links"],
)
async def test_alike_messages_and_those_that_lead_to_somebody_keep_their_pace(bodies):
    assert len(await refused(after(200, bodies))) >= 5


async def test_a_flood_gains_sixteen_messages_an_hour():
    bodies = [f"{LINES[number % 12]} {'abcdefghij'[number // 12] * 3}" for number in range(100)]

    assert len(await refused(after(200, bodies, apart=1.0))) >= 100 - 16 - 10


async def test_a_flood_by_many_who_waited_first_is_a_flood_still():
    people = [f"@{name}{number}:open{number}.example" for name in "abc" for number in range(7)]
    sent = [join(10 + number, user) for number, user in enumerate(people)]
    sent += [Sent(60 + number, user, text(f"hello, {user}")) for number, user in enumerate(people)]
    sent += [
        Sent(300 + number * 0.3 + place * 0.01, user, text(f"{line} {user[1] * 3}"))
        for number, line in enumerate(LINES)
        for place, user in enumerate(people)
    ]

    assert len(await refused(sent)) >= 0.9 * len(people) * len(LINES)
