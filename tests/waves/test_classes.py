"""Tests of classes in which all write the same exercise, and of crowds in which some do."""

from collections.abc import Iterator

import pytest

from tests.waves.dice import Dice, abuse, come, newcomers, text
from tests.waves.simulated_community import (
    MEMBERS,
    ROOMS,
    Outcome,
    Sent,
    refused,
    simulated_community,
)

LOBBY = ROOMS[0]
EXERCISES = (
    "Ich hätte gern ein Kilo Tomaten und zwei Zwiebeln, bitte.",
    "Wenn ich Zeit hätte, würde ich öfter ins Kino gehen, denn ich mag Filme.",
    "Der Zug, mit dem wir gefahren sind, hatte eine Stunde Verspätung.",
    "Könnten Sie mir bitte sagen, wo der Bahnhof ist und wann er öffnet?",
    "Nachdem wir gegessen hatten, haben wir einen langen Spaziergang gemacht.",
)


def exercises(dice: Dice, pupils: list[str], task: str) -> Iterator[Sent]:
    """Yield five exercises, each of which all write down within two minutes, and some twice."""
    for number, sentence in enumerate(EXERCISES):
        at = 100 + number * 160
        yield Sent(at, MEMBERS[3], text(task.format(number + 1)))
        for place, pupil in enumerate(pupils):
            yield Sent(at + dice.uniform(15, 120), pupil, text(sentence))
            if place % 5 == 0:
                yield Sent(at + dice.uniform(120, 150), pupil, text(sentence))


async def play_exercises(task: str) -> Outcome:
    """Return what becomes of 22 pupils who do exercises that are given in these words."""
    dice = Dice("class", 1)
    pupils = newcomers(dice, 22, servers=1, kind="school")
    async with simulated_community() as played:
        return await played.play([
            *come(dice, pupils, 0, 90, rooms=[LOBBY]), *exercises(dice, pupils, task)
        ])  # fmt: skip


async def test_pupils_may_all_write_the_exercise_that_a_member_gives_them():
    outcome = await play_exercises("Bitte übersetzt den Satz Nummer {}.")

    assert refused(outcome) == []


async def test_pupils_who_all_write_the_same_that_nobody_asked_for_are_not_muted():
    outcome = await play_exercises("Satz Nummer {}")

    assert len(refused(outcome)) >= 80
    assert outcome.muted == set()


async def test_accounts_that_all_write_the_same_offers_are_muted():
    dice = Dice("offers", 1)
    users = newcomers(dice, 8, servers=1)
    async with simulated_community() as played:
        outcome = await played.play([
            *come(dice, users, 0, 90, rooms=[LOBBY]),
            *(Sent(100 + place + 160 * number, user, text(f"{sentence} t.me/win_{number}_coin"))
              for place, user in enumerate(users) for number, sentence in enumerate(EXERCISES)),
        ])  # fmt: skip

    assert len(outcome.muted) >= 4


SHOUT = "you have been raided by the crows, everybody out of this room now, it is ours tonight"


@pytest.mark.parametrize(("called_at", "most"), [(5, 6), (80, 20)])
async def test_a_raid_that_comes_with_a_members_call_ends(called_at, most):
    dice = Dice("called", 1)
    users = newcomers(dice, 100, servers=25)
    async with simulated_community() as played:
        outcome = await played.play([
            *come(dice, users, 10, 60, rooms=[LOBBY]),
            Sent(called_at, MEMBERS[3], text("Hi everybody! Please introduce yourselves.")),
            *(abuse(85 + n, user, text((SHOUT, SHOUT.upper())[n % 2]))
              for n, user in enumerate(users)),
        ])  # fmt: skip

    assert len(outcome.missed) <= most


QUESTION = "does anybody know in which hall the workshop about soldering takes place today?"


async def test_a_few_of_many_newcomers_may_ask_the_same():
    dice = Dice("workshop", 1)
    users = newcomers(dice, 60, servers=20, kind="home")
    talk = (Sent(100 + 3 * n, user, text(" ".join(dice.word(6) for _ in range(7))))
            for n, user in enumerate(users))  # fmt: skip
    async with simulated_community() as played:
        outcome = await played.play([
            *come(dice, users, 0, 90, rooms=[LOBBY]),
            *talk,
            *(Sent(300 + 20 * n, user, text(QUESTION)) for n, user in enumerate(users[:11])),
        ])  # fmt: skip

    assert refused(outcome) == []


async def test_a_few_of_many_newcomers_advertise_nothing_in_the_same_words():
    dice = Dice("advertisers", 1)
    users, others = newcomers(dice, 11, servers=11), newcomers(dice, 60, servers=20, kind="home")
    talk = (Sent(100 + 3 * n, user, text(" ".join(dice.word(6) for _ in range(7))))
            for n, user in enumerate(others))  # fmt: skip
    pitch = "the workshop about soldering is now in our club, all you need is there: {}"
    async with simulated_community() as played:
        outcome = await played.play([
            *come(dice, [*users, *others], 0, 90, rooms=[LOBBY]),
            *talk,
            *(abuse(300 + 20 * n, user, text(pitch.format("https://club-of-makers.org/now")))
              for n, user in enumerate(users)),
        ])  # fmt: skip

    assert outcome.abuse_refused >= 7
