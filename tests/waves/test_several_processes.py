"""A recorded stream gets the same verdicts from three processes, by turns, as from one.

`python -m campaigns.same_verdicts` compares verdicts on every kind of traffic.
"""

import pytest

from tests.waves.dice import Dice, come, join, newcomers, picture, quoting_reply, reply_to, text
from tests.waves.every_kind import EVERY_KIND, traffic
from tests.waves.simulated_community import (
    MEMBERS,
    MODERATOR,
    REFERENCE,
    ROOMS,
    Sent,
    simulated_community,
)

LOBBY = ROOMS[0]
DICE = Dice("several processes", 1)
CHANT = "red lions forever, we sing for you until the last whistle of the season"
SCAM = "I doubled my savings with this trading group and so can all of you today"


def a_chorus():
    """Members say something, newcomers say it too, and then many more newcomers."""
    users = newcomers(DICE, 60, servers=30, kind="home")
    yield from come(DICE, users, 0, 30, rooms=[LOBBY])
    for number, user in enumerate((*MEMBERS[:4], *users)):
        yield Sent(40 + number, user, text(CHANT))


def a_countdown():
    """Members and newcomers count down, some newcomers twice and some more than members do."""
    users = newcomers(DICE, 12, servers=6, kind="home")
    yield from come(DICE, users, 0, 10, rooms=[LOBBY])
    for number in range(640):
        user = (*MEMBERS[:4], *users)[number % 16]
        # The last newcomers go on when members have ended, and some of them send copies.
        if number < 96 or user in users[4:]:
            said = number if user in users[7:] else number // 32
            yield Sent(20 + number / 4, user, text(f"we are at {said}"))


def pictures_for_a_member():
    """A member asks one newcomer for pictures, and others send pictures too."""
    asked, *others = newcomers(DICE, 4)
    yield from (join(0, user) for user in (asked, *others))
    wish = text("photos of all sides, please", **{"m.mentions": {"user_ids": [asked]}})
    yield Sent(10, MEMBERS[0], wish, label="asked")
    for number in range(14):
        sent = picture(DICE) | (reply_to(REFERENCE + "asked") if number % 4 == 0 else {})
        yield Sent(40 + number * 15, asked, sent)
    for number, user in enumerate(others * 6):
        yield Sent(41 + number * 20, user, picture(DICE) | reply_to(REFERENCE + "asked"))


def a_scam_that_a_moderator_quotes():
    """Newcomers say what a moderator says after one of them, and newcomers say it again."""
    users = newcomers(DICE, 40, servers=1, kind="open")
    yield from come(DICE, users, 0, 30, rooms=[LOBBY])
    yield Sent(40, users[0], text(SCAM), is_abuse=True)
    yield Sent(45, MODERATOR, text(SCAM))
    for number, user in enumerate(users[1:]):
        yield Sent(50 + number, user, text(SCAM), is_abuse=True)


def replies_that_quote():
    """Newcomers quote members' messages in old clients, and one quotes what nobody said."""
    said = "Write to @help_desk on telegram, or to https://help.example.net/forms, if it breaks."
    users = newcomers(DICE, 20, servers=10, kind="home")
    yield from come(DICE, users, 0, 20, rooms=[LOBBY])
    for number, user in enumerate(users):
        member, label = MEMBERS[number % 6], f"{number}"
        yield Sent(30 + 30 * number, member, text(f"{number}: {said}"), label=label)
        quoted = f"{number}: {said}" if number < 19 else said.replace("help", "earn")
        reply = quoting_reply(REFERENCE + label, member, quoted, "that helped me", LOBBY)
        yield Sent(45 + 30 * number, user, reply)


STREAMS = {
    each.__name__: each
    for each in (
        a_chorus, a_countdown, pictures_for_a_member, a_scam_that_a_moderator_quotes,
        replies_that_quote,
    )
}  # fmt: skip
KINDS = ("members who turn",)


async def verdicts(sent, processes):
    async with simulated_community(processes=processes) as played:
        outcome = await played.play(sent)
    return [
        (round(each.at_seconds, 1), each.sender, is_refused, labels if is_refused else ())
        for each, is_refused, labels in outcome.verdicts
    ]


@pytest.mark.parametrize("name", [*STREAMS, *KINDS])
async def test_several_processes_give_the_verdicts_of_one(name):
    sent = list(STREAMS[name]() if name in STREAMS else traffic(EVERY_KIND[name], 1))
    of_one = await verdicts(sent, 1)

    assert await verdicts(sent, 3) == of_one
    assert {is_refused for _, _, is_refused, _ in of_one} == {False, True}
