"""Floods and raids: many accounts, many messages, many edits, many against one."""

from collections.abc import Iterator

from tests.waves.abuse.scams import START
from tests.waves.dice import (
    Dice,
    abuse,
    come,
    edit_of,
    event_id,
    join,
    newcomers,
    reaction,
    reply_to,
    text,
)
from tests.waves.kinds import abusive
from tests.waves.simulated_community import MEMBERS, REFERENCE, ROOMS, Sent
from tests.waves.texts.chat import SMALL_TALK

RAID_LINES = (
    "this room is run by {a}, leave while you can, {b}",
    "{a} owns this place now, everybody out, {b}",
    "you have been raided by {a} haha {b}",
    "down with the {a} moderators, we do not forget {b}",
    "{a} was here and you can do nothing about it {b}",
    "greetings from {a}, enjoy your new room {b}",
)
EXTRA = ("lol", "cry more", "gg", "ez", "forever", "today", "all night", "haha", "bye", "see you")
LONG_KEYS = (
    "geht alle nach hause, ihr seid nicht willkommen hier", "💩" * 40,
    "ты кто такой, давай до свидания и не возвращайся",
    "これはとても長い反応なのでここには入らないはずです",
)  # fmt: skip
MUTATIONS = ("", "!", "!!", " :)", " ...", " 🔥", " fr", " now", " ok", " pls")


def varied(dice: Dice, body: str) -> str:
    """Return a text in one of its variations: case, a word, an ending, a typing error."""
    words = body.split()
    match dice.randrange(5):
        case 0:
            words[dice.randrange(len(words))] = dice.letters(4)
        case 1:
            words.insert(dice.randrange(len(words)), dice.choice(EXTRA))
        case 2:
            words = [word.upper() if dice.random() < 0.3 else word for word in words]
        case 3:
            place = dice.randrange(len(words))
            words[place] = words[place][1:] + words[place][:1]
        case _:
            pass
    return " ".join(words) + dice.choice(MUTATIONS)


@abusive()
def raid_from_many_servers(dice: Dice) -> Iterator[Sent]:
    """A hundred accounts from fifty servers come and write one message in variations."""
    users = newcomers(dice, 100, servers=50)
    yield from come(dice, users, START, 90, rooms=ROOMS[:1])
    body = dice.pick(RAID_LINES).format(a=dice.letters(6), b=dice.choice(EXTRA))
    for number in range(200):
        at = START + 20 + number * 0.7
        yield abuse(max(at, START + 92), users[number % 100], text(varied(dice, body)),
                    attack="raid")  # fmt: skip


@abusive()
def raid_of_one_server(dice: Dice) -> Iterator[Sent]:
    """Sixty accounts of one server, each with its own insults."""
    users = newcomers(dice, 60, servers=1)
    yield from come(dice, users, START, 40, rooms=ROOMS[:1])
    words = ("losers", "clowns", "stupid", "hate", "you", "all", "this", "room", "is", "trash")
    for number in range(240):
        body = " ".join(dice.choices(words, k=dice.randrange(4, 12)))
        yield abuse(START + 42 + number * 0.4, users[number % 60], text(body))


@abusive()
def near_duplicates(dice: Dice) -> Iterator[Sent]:
    """A few accounts repeat one text with small changes in all rooms."""
    users = newcomers(dice, 5)
    yield from come(dice, users, START, 10)
    line = " ".join(dice.pick(RAID_LINES).format(a=dice.letters(5), b="ok") for _ in range(2))
    for number in range(150):
        at = START + 15 + number * 2.5
        yield abuse(at, users[number % 5], text(varied(dice, line)), room_id=dice.choice(ROOMS))


@abusive()
def edit_storm(dice: Dice) -> Iterator[Sent]:
    """Two accounts edit their messages again and again."""
    users = newcomers(dice, 2)
    yield from come(dice, users, START, 2, rooms=ROOMS[:1])
    for user in users:
        yield Sent(START + 10, user, text("hello"), label=user, is_counted=False)
    for number in range(200):
        user = users[number % 2]
        body = f"{dice.choice(SMALL_TALK)} {dice.letters(5)}"
        yield abuse(START + 12 + number * 0.8, user, edit_of(REFERENCE + user, body))


@abusive()
def back_dated_events(dice: Dice) -> Iterator[Sent]:
    """A flood with times long past, so that it stands where nobody looks, and comes up there."""
    users = newcomers(dice, 2)
    yield from come(dice, users, START, 5, rooms=ROOMS[:1])
    for number in range(200):
        ahead_ms = -dice.choice((3 * 3_600_000, 86_400_000, 400 * 86_400_000))
        body = f"nothing to see {dice.letters(8)}"
        yield abuse(START + 10 + number * 0.5, users[number % 2], text(body), ahead_ms=ahead_ms)


@abusive()
def flood_of_reactions(dice: Dice) -> Iterator[Sent]:
    """Hundreds of reactions by two accounts."""
    users = newcomers(dice, 2)
    yield from come(dice, users, START, 2, rooms=ROOMS[:1])
    for number in range(300):
        content = reaction(event_id(dice), dice.choice("👍🤮💩🖕🍆😂🔥"))
        yield abuse(START + 10 + number * 0.3, users[number % 2], content, type="m.reaction")


@abusive()
def long_reactions(dice: Dice) -> Iterator[Sent]:
    """Sentences and advertisements as reactions, at a slow pace."""
    for number in range(40):
        (user,) = newcomers(dice, 1)
        at = START + number * 12
        yield from come(dice, [user], at, 1, rooms=ROOMS[:1])
        for _ in range(2):
            key = " ".join(dice.choice(SMALL_TALK) for _ in range(dice.randrange(4, 9)))
            if dice.random() < 0.3:
                key = dice.choice(LONG_KEYS)
            elif dice.random() < 0.4:
                key = f"visit {dice.link()} for a bonus today"
            at += dice.uniform(5, 20)
            yield abuse(at, user, reaction(event_id(dice), key), type="m.reaction")


@abusive()
def flood_by_several(dice: Dice) -> Iterator[Sent]:
    """Twelve newcomers write whatever, each not so fast, together a flood."""
    users = newcomers(dice, 12, servers=6)
    yield from come(dice, users, START, 20, rooms=ROOMS[:1])
    for number in range(480):
        words = " ".join(dice.letters(dice.randrange(2, 8)) for _ in range(dice.randrange(2, 9)))
        body = words if dice.random() < 0.7 else dice.choice(SMALL_TALK)
        yield abuse(START + 22 + number * 0.4, users[number % 12], text(body))


@abusive()
def low_effort_flood(dice: Dice) -> Iterator[Sent]:
    """Single letters, dots and emoji, every other second."""
    users = newcomers(dice, 2)
    yield from come(dice, users, START, 2, rooms=ROOMS[:1])
    for number in range(180):
        body = dice.choice(("a", ".", "lol", "😂", "x", "??", "w", "1", "hi", "😂😂", "k", "ha"))
        yield abuse(START + 6 + number * 1.3, users[number % 2], text(body))


@abusive()
def mentions_only(dice: Dice) -> Iterator[Sent]:
    """Messages that are nothing but a mention, of ever other people."""
    for user in newcomers(dice, 4):
        at = START + dice.uniform(0, 60)
        yield from come(dice, [user], at, 1, rooms=ROOMS[:1])
        for _ in range(24):
            at += dice.uniform(4, 20)
            called = dice.choice(MEMBERS)
            yield abuse(at, user, text(called, **{"m.mentions": {"user_ids": [called]}}))


@abusive(least_percent=80.0)
def pile_on(dice: Dice) -> Iterator[Sent]:
    """Thirty newcomers turn on one person within half an hour."""
    victim = dice.choice(MEMBERS)
    said = Sent(START, victim, text("I think we should keep the rule"), label="said")
    yield said
    users = newcomers(dice, 30, servers=15)
    yield from come(dice, users, START, 300, rooms=ROOMS[:1])
    insults = (
        "you are the worst, just leave", "nobody wants you here", "delete your account",
        "how can anybody be so stupid", "we all laugh about you", "shame on you",
        "go away already", "you should be banned", "pathetic", "what a joke you are",
        "everyone knows what you did", "get lost", "you ruin everything here", "clown",
    )  # fmt: skip
    for number in range(120):
        at = START + 300 + number * dice.uniform(6, 9)
        content = text(dice.pick(insults), **{"m.mentions": {"user_ids": [victim]}})
        if number % 2:
            content |= reply_to(REFERENCE + "said")
        yield abuse(at, users[number % 30], content, attack="pile-on")


@abusive()
def flapping(dice: Dice) -> Iterator[Sent]:
    """Accounts change their name to and fro every few seconds."""
    users = newcomers(dice, 2)
    yield from come(dice, users, START, 2, rooms=ROOMS[:1])
    for number in range(160):
        name = f"{dice.letters(5)} {number % 2}"
        yield join(START + 10 + number * 2, users[number % 2], name=name, is_abuse=True)


@abusive()
def coming_and_going(dice: Dice) -> Iterator[Sent]:
    """Accounts leave and join again and again, so that the room is full of notices."""
    users = newcomers(dice, 2)
    yield from come(dice, users, START, 2, rooms=ROOMS[:1])
    for number in range(80):
        user, at = users[number % 2], START + 10 + number * 4
        leave = {"membership": "leave"}
        yield Sent(at, user, leave, "m.room.member", ROOMS[0], user, is_counted=False)
        yield join(at + 1, user, is_abuse=number >= 6, is_counted=number >= 6)
