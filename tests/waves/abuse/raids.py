"""Raids: many accounts that come for one thing, in forms meant to look like many things."""

import re
from collections.abc import Iterator

from tests.waves.abuse.floods import RAID_LINES, varied
from tests.waves.abuse.scams import START
from tests.waves.dice import (
    Dice,
    abuse,
    come,
    edit_of,
    event_id,
    join,
    mxc,
    newcomers,
    picture,
    reply_to,
    text,
)
from tests.waves.kinds import abusive
from tests.waves.simulated_community import MEMBERS, REFERENCE, ROOMS, Sent
from tests.waves.texts.several.raids import (
    EMOJI_WALLS,
    PARAPHRASES,
    SLOGANS,
    TRANSLATIONS,
    TWO_SCRIPTS,
)

LOBBY = ROOMS[0]
DAY_SECONDS = 86_400
_CHOICE = re.compile(r"\{([^{}]*\|[^{}]*)\}")


def paraphrased(dice: Dice, template: str, name: str) -> str:
    """Return one of the ways to say what a template says."""
    return _CHOICE.sub(lambda found: dice.choice(found[1].split("|")), template).format(a=name)


@abusive()
def raid_in_paraphrases(dice: Dice) -> Iterator[Sent]:
    """Eighty accounts of fifty servers say one thing with ever other words."""
    users = newcomers(dice, 80, servers=50)
    yield from come(dice, users, START, 90, rooms=[LOBBY])
    template, name = dice.pick(PARAPHRASES), dice.letters(6)
    for number in range(200):
        body = paraphrased(dice, template, name)
        yield abuse(START + 92 + number * 0.8, users[number % 80], text(body), attack="raid")


@abusive()
def slow_raid(dice: Dice) -> Iterator[Sent]:
    """A new account every forty seconds, each with the same line in a variation, twice."""
    body = dice.pick(RAID_LINES).format(a=dice.letters(6), b="haha")
    for number, user in enumerate(newcomers(dice, 110, servers=60)):
        at = START + number * 40
        yield join(at, user, is_counted=False)
        yield abuse(at + dice.uniform(5, 15), user, text(varied(dice, body)), attack="raid")
        yield abuse(at + dice.uniform(18, 30), user, text(varied(dice, body)), attack="raid")


@abusive()
def raid_of_pictures(dice: Dice) -> Iterator[Sent]:
    """Sixty accounts post pictures without a word."""
    users = newcomers(dice, 60, servers=40)
    yield from come(dice, users, START, 60, rooms=[LOBBY])
    for number in range(120):
        yield abuse(START + 62 + number * 0.7, users[number % 60],
                    picture(dice, f"IMG_{dice.randrange(10_000)}.jpg"))  # fmt: skip


@abusive()
def raid_of_stickers_polls_and_calls(dice: Dice) -> Iterator[Sent]:
    """Forty accounts post stickers, start polls and call the room."""
    users = newcomers(dice, 40, servers=30)
    yield from come(dice, users, START, 60, rooms=[LOBBY])
    for number in range(120):
        slogan = dice.pick(SLOGANS).format(a="the crows")
        content, kind = (
            ({"body": "bird", "url": mxc(dice), "info": {}}, "m.sticker"),
            ({"org.matrix.msc3381.poll.start": {
                "question": {"org.matrix.msc1767.text": slogan}, "max_selections": 1,
                "kind": "org.matrix.msc3381.poll.disclosed",
                "answers": [{"id": "a", "org.matrix.msc1767.text": "yes"}]},
              "org.matrix.msc1767.text": slogan}, "org.matrix.msc3381.poll.start"),
            ({"call_id": dice.letters(8), "version": "1", "party_id": "x", "lifetime": 60_000,
              "offer": {"type": "offer", "sdp": "v=0"}}, "m.call.invite"),
        )[number % 3]  # fmt: skip
        yield abuse(START + 62 + number * 0.7, users[number % 40], content, type=kind)


@abusive()
def raid_by_invitations(dice: Dice) -> Iterator[Sent]:
    """Twenty accounts invite everybody, with a slogan as the reason."""
    users = newcomers(dice, 20, servers=15)
    yield from come(dice, users, START, 20, rooms=[LOBBY])
    line = dice.pick(RAID_LINES).format(a=dice.letters(6), b="gg")
    for number in range(120):
        content = {"membership": "invite", "reason": varied(dice, line)}
        yield abuse(START + 25 + number * 1.5, users[number % 20], content,
                    type="m.room.member", state_key=f"@person{number}:example.com")  # fmt: skip


@abusive()
def raid_of_sleepers(dice: Dice) -> Iterator[Sent]:
    """Accounts that came one by one, said hello, and write a day later, all at once."""
    users = newcomers(dice, 60, servers=40)
    for number, user in enumerate(users):
        yield join(START + number * 60, user, is_counted=False)
        hello = text(dice.choice(("hi", "hello all", "good day", "hey", "nice to be here")))
        yield Sent(START + number * 60 + 20, user, hello, is_counted=False)
    line = dice.pick(RAID_LINES).format(a=dice.letters(6), b="haha")
    for number in range(180):
        at = START + DAY_SECONDS + 7_200 + number * 0.7
        yield abuse(at, users[number % 60], text(varied(dice, line)), attack="raid")


@abusive()
def raid_of_replies(dice: Dice) -> Iterator[Sent]:
    """Sixty accounts answer what members said with one line in variations."""
    for number in range(6):
        yield Sent(START + number, MEMBERS[number], text(f"line {number}"), label=f"said{number}")
    users = newcomers(dice, 60, servers=40)
    yield from come(dice, users, START, 60, rooms=[LOBBY])
    line = dice.pick(RAID_LINES).format(a=dice.letters(6), b="cry")
    for number in range(150):
        content = text(varied(dice, line)) | reply_to(f"{REFERENCE}said{number % 6}")
        yield abuse(START + 62 + number * 0.9, users[number % 60], content, attack="raid")


@abusive()
def raid_in_two_scripts(dice: Dice) -> Iterator[Sent]:
    """Half of the accounts write a line in Latin letters, half in Cyrillic ones."""
    users = newcomers(dice, 80, servers=50)
    yield from come(dice, users, START, 60, rooms=[LOBBY])
    lines, name = dice.pick(TWO_SCRIPTS), dice.letters(6)
    for number in range(200):
        body = varied(dice, lines[number % 2].format(a=name))
        yield abuse(START + 62 + number * 0.7, users[number % 80], text(body), attack="raid")


@abusive()
def raid_in_translations(dice: Dice) -> Iterator[Sent]:
    """One line in four languages by turns."""
    users = newcomers(dice, 80, servers=50)
    yield from come(dice, users, START, 60, rooms=[LOBBY])
    lines = dice.pick(TRANSLATIONS)
    for number in range(320):
        body = varied(dice, lines[number % 4])
        yield abuse(START + 62 + number * 0.7, users[number % 80], text(body), attack="raid")


@abusive()
def raid_by_edits(dice: Dice) -> Iterator[Sent]:
    """Sixty accounts say hello, and edit it into the raid's line."""
    users = newcomers(dice, 60, servers=40)
    yield from come(dice, users, START, 30, rooms=[LOBBY])
    line = dice.pick(RAID_LINES).format(a=dice.letters(6), b="bye")
    for number, user in enumerate(users):
        yield Sent(START + 32 + number, user, text("hello"), label=f"e{number}", is_counted=False)
    for number in range(300):
        content = edit_of(f"{REFERENCE}e{number % 60}", varied(dice, line))
        yield abuse(START + 100 + number * 0.8, users[number % 60], content, attack="raid")


@abusive()
def raid_of_emoji_walls(dice: Dice) -> Iterator[Sent]:
    """Sixty accounts post rows of one emoji, again and again."""
    users = newcomers(dice, 60, servers=40)
    yield from come(dice, users, START, 60, rooms=[LOBBY])
    wall = dice.pick(EMOJI_WALLS)
    for number in range(240):
        body = wall * dice.randrange(1, 4) + dice.choice(("", "!", " lol", " gg"))
        yield abuse(START + 62 + number * 0.6, users[number % 60], text(body), attack="raid")


@abusive()
def raid_with_captions(dice: Dice) -> Iterator[Sent]:
    """Forty accounts answer members with pictures, whose captions are one line in variations."""
    users = newcomers(dice, 40, servers=30)
    yield from come(dice, users, START, 40, rooms=[LOBBY])
    line = dice.pick(RAID_LINES).format(a=dice.letters(6), b="gg")
    for number in range(120):
        content = picture(dice, varied(dice, line), filename="x.png") | reply_to(event_id(dice))
        yield abuse(START + 42 + number * 0.9, users[number % 40], content, attack="raid")
