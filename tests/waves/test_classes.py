"""Tests of classes in which all write the same exercise."""

from collections.abc import Iterator

from tests.waves.dice import Dice, come, newcomers, text
from tests.waves.simulated_community import MEMBERS, ROOMS, Sent, simulated_community

LOBBY = ROOMS[0]
EXERCISES = (
    "Ich hätte gern ein Kilo Tomaten und zwei Zwiebeln, bitte.",
    "Wenn ich Zeit hätte, würde ich öfter ins Kino gehen, denn ich mag Filme.",
    "Der Zug, mit dem wir gefahren sind, hatte eine Stunde Verspätung.",
    "Könnten Sie mir bitte sagen, wo der Bahnhof ist und wann er öffnet?",
    "Nachdem wir gegessen hatten, haben wir einen langen Spaziergang gemacht.",
)


def exercises(dice: Dice, pupils: list[str]) -> Iterator[Sent]:
    """Yield five exercises, each of which all write down within two minutes."""
    for number, sentence in enumerate(EXERCISES):
        at = 100 + number * 160
        yield Sent(at, MEMBERS[3], text(f"Bitte übersetzt den Satz Nummer {number + 1}."))
        for pupil in pupils:
            yield Sent(at + dice.uniform(15, 120), pupil, text(sentence))


async def test_pupils_who_all_write_the_same_exercises_are_not_muted():
    dice = Dice("class", 1)
    pupils = newcomers(dice, 22, servers=1, kind="school")
    async with simulated_community() as played:
        outcome = await played.play([
            *come(dice, pupils, 0, 90, rooms=[LOBBY]), *exercises(dice, pupils)
        ])  # fmt: skip

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
