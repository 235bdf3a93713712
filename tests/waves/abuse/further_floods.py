"""Floods that keep below limits for one person, vary what they repeat, or act on other events."""

from collections.abc import Iterator

from tests.waves.abuse.floods import EXTRA, RAID_LINES
from tests.waves.abuse.scams import START
from tests.waves.dice import Dice, abuse, come, edit_of, newcomers, text
from tests.waves.kinds import abusive
from tests.waves.simulated_community import MEMBERS, REFERENCE, ROOMS, Sent
from tests.waves.texts.chat import SMALL_TALK

LOBBY = ROOMS[0]


def _nonsense(dice: Dice, words: int) -> str:
    return " ".join(dice.letters(dice.randrange(2, 9)) for _ in range(words))


@abusive(least_percent=60.0)
def flood_below_the_limits(dice: Dice) -> Iterator[Sent]:
    """Five accounts each write nine times a minute, never five times in ten seconds."""
    users = newcomers(dice, 5, servers=5)
    yield from come(dice, users, START, 20, rooms=[LOBBY])
    for place, user in enumerate(users):
        for number in range(60):
            at = START + 25 + place * 1.3 + number * 6.7
            yield abuse(at, user, text(_nonsense(dice, dice.randrange(2, 12))))


@abusive()
def near_duplicates_with_suffixes(dice: Dice) -> Iterator[Sent]:
    """Six accounts repeat a text with random letters behind it, and in random case."""
    users = newcomers(dice, 6, servers=6)
    yield from come(dice, users, START, 10)
    line = " ".join(dice.pick(RAID_LINES).format(a=dice.letters(5), b="ok") for _ in range(2))
    for number in range(150):
        cased = "".join(c.upper() if dice.random() < 0.4 else c for c in line)
        body = f"{cased} {dice.letters(dice.randrange(4, 14))}"
        yield abuse(START + 15 + number * 2.5, users[number % 6], text(body),
                    room_id=dice.choice(ROOMS))  # fmt: skip


@abusive()
def near_duplicates_with_shuffled_sentences(dice: Dice) -> Iterator[Sent]:
    """Six accounts repeat the same four sentences in ever another order."""
    users = newcomers(dice, 6, servers=6)
    yield from come(dice, users, START, 10)
    lines = [dice.pick(RAID_LINES).format(a=dice.letters(5), b=dice.choice(EXTRA)) for _ in "abcd"]
    for number in range(150):
        body = ". ".join(dice.sample(lines, dice.randrange(3, 5)))
        yield abuse(START + 15 + number * 2.5, users[number % 6], text(body),
                    room_id=dice.choice(ROOMS))  # fmt: skip


@abusive()
def thread_flood(dice: Dice) -> Iterator[Sent]:
    """Four accounts open a thread under everything that members say, with a few letters."""
    for number in range(20):
        yield Sent(START + number, MEMBERS[number], text(f"line {number}"), label=f"said{number}")
    users = newcomers(dice, 4, servers=4)
    yield from come(dice, users, START, 10, rooms=[LOBBY])
    for number in range(360):
        said = f"{REFERENCE}said{number % 20}"
        relation = {"rel_type": "m.thread", "event_id": said}
        body = dice.choice(("first", "lol", "haha", "no", "x", "yes", "wow", "k", "hm"))
        yield abuse(START + 25 + number * 0.9, users[number % 4],
                    text(body, **{"m.relates_to": relation}))  # fmt: skip


@abusive(least_percent=90.0)
def flashing_messages(dice: Dice) -> Iterator[Sent]:
    """Three accounts post and take back what they posted at once, so that rooms ring and blink."""
    users = newcomers(dice, 3, servers=3)
    yield from come(dice, users, START, 10, rooms=[LOBBY])
    for number in range(200):
        user, at = users[number % 3], START + 15 + number * 1.2
        body = f"{dice.choice(SMALL_TALK)} {dice.letters(4)}"
        yield abuse(at, user, text(body), label=f"flash{number}")
        taken_back = {"redacts": f"{REFERENCE}flash{number}"}
        yield Sent(at + 0.6, user, taken_back, "m.room.redaction", is_counted=False)


@abusive(least_percent=90.0)
def edits_of_many_messages(dice: Dice) -> Iterator[Sent]:
    """Three accounts post some small talk, and then edit all of it again and again.

    Each may edit twenty times a minute: people correct what they wrote.
    """
    users = newcomers(dice, 3, servers=3)
    yield from come(dice, users, START, 10, rooms=[LOBBY])
    for number in range(30):
        yield Sent(START + 15 + number * 4, users[number % 3], text(dice.choice(SMALL_TALK)),
                   label=f"old{number}", is_counted=False)  # fmt: skip
    for number in range(360):
        content = edit_of(f"{REFERENCE}old{number % 30}", _nonsense(dice, 6))
        yield abuse(START + 160 + number * 0.6, users[number % 3], content)
