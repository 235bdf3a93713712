"""Floods that go on just below the limits of a minute, and walls of text."""

from collections.abc import Iterator

from tests.waves.abuse.scams import START
from tests.waves.dice import Dice, abuse, come, edit_of, event_id, newcomers, reaction, text
from tests.waves.kinds import abusive
from tests.waves.simulated_community import REFERENCE, ROOMS, Sent
from tests.waves.texts.chat import SMALL_TALK

LOBBY = ROOMS[0]


def _sentence(dice: Dice) -> str:
    return f"{dice.choice(SMALL_TALK)} {dice.word(6)} {dice.choice(SMALL_TALK)}"


def _wall(dice: Dice) -> str:
    return " ".join(_sentence(dice) for _ in range(dice.randrange(45, 80)))


@abusive(least_percent=85.0)
def flood_every_three_seconds(dice: Dice) -> Iterator[Sent]:
    """Two accounts, one after the other, write something every three seconds for minutes."""
    users = newcomers(dice, 2, servers=2)
    yield from come(dice, users, START, 10, rooms=[LOBBY])
    for place, user in enumerate(users):
        for number in range(110):
            at = START + 15 + place * 400 + number * 3.0 + dice.uniform(-0.5, 0.5)
            yield abuse(at, user, text(_sentence(dice)))


@abusive(least_percent=80.0)
def walls_of_a_few(dice: Dice) -> Iterator[Sent]:
    """Three accounts write a wall of text every nine seconds each; three of each pass."""
    users = newcomers(dice, 3, servers=3)
    yield from come(dice, users, START, 10, rooms=[LOBBY])
    for number in range(60):
        yield abuse(START + 15 + number * 3.0, users[number % 3], text(_wall(dice)))


@abusive(least_percent=75.0)
def threads_everywhere(dice: Dice) -> Iterator[Sent]:
    """Two accounts start a thread under everything that was said, one every ten seconds each.

    Each may start five in five minutes.
    """
    users = newcomers(dice, 2, servers=2)
    yield from come(dice, users, START, 10, rooms=[LOBBY])
    for number in range(90):
        said = event_id(dice)
        relation = {"rel_type": "m.thread", "event_id": said, "is_falling_back": True}
        if dice.random() < 0.7:
            relation["m.in_reply_to"] = {"event_id": said}
        content = text(_sentence(dice), **{"m.relates_to": relation})
        yield abuse(START + 15 + number * 5.0, users[number % 2], content)


@abusive(least_percent=65.0)
def walls_of_many(dice: Dice) -> Iterator[Sent]:
    """Each of thirty accounts writes a wall of text once in a minute; the first of each passes."""
    users = newcomers(dice, 30, servers=10)
    yield from come(dice, users, START, 20, rooms=[LOBBY])
    for number in range(150):
        yield abuse(START + 25 + number * 2.0, users[number % 30], text(_wall(dice)))


@abusive(least_percent=80.0)
def slow_edit_storm(dice: Dice) -> Iterator[Sent]:
    """Three accounts edit a message each every six seconds."""
    users = newcomers(dice, 3, servers=3)
    yield from come(dice, users, START, 2, rooms=[LOBBY])
    for user in users:
        yield Sent(START + 10, user, text("hello"), label=user, is_counted=False)
    for number in range(180):
        user = users[number % 3]
        yield abuse(START + 12 + number * 2.0, user, edit_of(REFERENCE + user, _sentence(dice)))


@abusive(least_percent=50.0)
def reactions_of_many(dice: Dice) -> Iterator[Sent]:
    """Twenty-five accounts react to all that was said, each ten times a minute.

    Six of each pass: people react to what they read.
    """
    users = newcomers(dice, 25, servers=8)
    yield from come(dice, users, START, 10, rooms=[LOBBY])
    said = [event_id(dice) for _ in range(20)]
    for number in range(500):
        key = dice.choice(("👍", "😂", "🤡", "💩", "🔥", "👎"))
        yield abuse(START + 15 + number * 0.25, users[number % 25],
                    reaction(dice.choice(said), key), type="m.reaction")  # fmt: skip


@abusive(least_percent=55.0)
def flood_of_six_for_minutes(dice: Dice) -> Iterator[Sent]:
    """Each of six accounts writes every eight seconds, which one is allowed to."""
    users = newcomers(dice, 6, servers=6)
    yield from come(dice, users, START, 10, rooms=[LOBBY])
    for number in range(300):
        at = START + 15 + number * 1.33 + dice.uniform(-0.3, 0.3)
        yield abuse(at, users[number % 6], text(_sentence(dice)))
