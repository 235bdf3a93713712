"""Raids of accounts that agree on something: a subject, names, a time, an answer, a person."""

from collections.abc import Iterator

from tests.waves.abuse.floods import RAID_LINES, varied
from tests.waves.abuse.scams import START
from tests.waves.dice import Dice, abuse, come, join, mxc, newcomers, reaction, reply_to, text
from tests.waves.ham import LINES, WORDS
from tests.waves.kinds import abusive
from tests.waves.simulated_community import MEMBERS, MODERATOR, REFERENCE, ROOMS, Sent
from tests.waves.texts.chat import SMALL_TALK
from tests.waves.texts.several.further_raids import (
    ART,
    COPYPASTA,
    ENDINGS,
    INSULTS_AT_ONE,
    KEYS,
    ONE_OPINION,
    SPACELESS,
    SPELLED,
    WRONG_ANSWERS,
)

LOBBY = ROOMS[0]
DAY_SECONDS = 86_400


def _line(dice: Dice) -> str:
    return str(dice.pick(RAID_LINES)).format(a=dice.letters(6), b="haha")


@abusive()
def raid_of_one_opinion(dice: Dice) -> Iterator[Sent]:
    """Sixty accounts of forty servers are all about one name, each sentence written anew."""
    users = newcomers(dice, 60, servers=40)
    yield from come(dice, users, START, 60, rooms=[LOBBY])
    pool, name = dice.pick(ONE_OPINION), dice.letters(6)
    for number in range(180):
        body = dice.choice(pool).format(a=name)
        yield abuse(START + 62 + number * 1.2, users[number % 60], text(body), attack="raid")


@abusive()
def raid_over_hours(dice: Dice) -> Iterator[Sent]:
    """Forty accounts come one by one in three hours, and write a line in variations."""
    body = _line(dice)
    for number, user in enumerate(newcomers(dice, 40, servers=40)):
        at = START + number * 260
        yield join(at, user, is_counted=False)
        for place in range(3):
            yield abuse(at + 20 + 70 * place + dice.uniform(0, 30), user,
                        text(varied(dice, body)), attack="raid")  # fmt: skip


@abusive(least_percent=85.0)
def raid_by_names(dice: Dice) -> Iterator[Sent]:
    """Sixty accounts that are in the room call themselves by a slogan in variations."""
    users = newcomers(dice, 60, servers=40)
    yield from come(dice, users, START, 60, rooms=[LOBBY])
    body = _line(dice)
    for number in range(120):
        yield join(START + 80 + number * 1.1, users[number % 60], name=varied(dice, body),
                   is_abuse=True, attack="raid")  # fmt: skip


@abusive(least_percent=75.0)
def raid_by_joining_under_one_name(dice: Dice) -> Iterator[Sent]:
    """Eighty accounts join under one slogan in variations, with one picture."""
    body, avatar = _line(dice), mxc(dice)
    for number, user in enumerate(newcomers(dice, 80, servers=50)):
        yield join(START + number * 1.3, user, name=varied(dice, body), is_abuse=True,
                   content={"avatar_url": avatar}, attack="raid")  # fmt: skip


@abusive(least_percent=70.0)
def raid_by_knocking(dice: Dice) -> Iterator[Sent]:
    """Eighty accounts knock, with a slogan in variations as the reason."""
    body = _line(dice)
    for number, user in enumerate(newcomers(dice, 80, servers=50)):
        content = {"membership": "knock", "reason": varied(dice, body)}
        yield abuse(START + number * 1.3, user, content, type="m.room.member", state_key=user,
                    attack="raid")  # fmt: skip


@abusive(least_percent=70.0)
def raid_by_reasons_of_joins(dice: Dice) -> Iterator[Sent]:
    """Eighty accounts join, with a slogan in variations as the reason."""
    body = _line(dice)
    for number, user in enumerate(newcomers(dice, 80, servers=50)):
        yield join(START + number * 1.3, user, is_abuse=True, attack="raid",
                   content={"reason": varied(dice, body)})  # fmt: skip


@abusive(least_percent=65.0)
def raid_by_pictures_of_profiles(dice: Dice) -> Iterator[Sent]:
    """Forty accounts change their pictures by turns, so that the room is full of changes."""
    users, avatars = newcomers(dice, 40, servers=30), [mxc(dice) for _ in range(5)]
    yield from come(dice, users, START, 60, rooms=[LOBBY])
    for number in range(400):
        yield join(START + 80 + number * 0.8, users[number % 40], is_abuse=True,
                   content={"avatar_url": avatars[number // 40 % 5]}, attack="raid")  # fmt: skip


@abusive()
def raid_of_copypasta(dice: Dice) -> Iterator[Sent]:
    """Sixty accounts post short set phrases."""
    users = newcomers(dice, 60, servers=40)
    yield from come(dice, users, START, 60, rooms=[LOBBY])
    for number in range(240):
        body = dice.pick(COPYPASTA) + dice.choice(("", "", "!", " lol", " 😂", "."))
        yield abuse(START + 62 + number * 0.6, users[number % 60], text(body), attack="raid")


@abusive(least_percent=75.0)
def raid_without_spaces(dice: Dice) -> Iterator[Sent]:
    """Sixty accounts write two lines of a language without spaces, in variations."""
    users = newcomers(dice, 60, servers=40)
    yield from come(dice, users, START, 60, rooms=[LOBBY])
    lines = dice.pick(SPACELESS)
    for number in range(180):
        body = dice.choice(lines)
        cut = dice.randrange(len(body))
        body = dice.choice(ENDINGS) + body[:cut] + dice.choice(ENDINGS) + body[cut:]
        yield abuse(START + 62 + number * 0.8, users[number % 60], text(body), attack="raid")


@abusive()
def raid_of_word_salad(dice: Dice) -> Iterator[Sent]:
    """Sixty accounts write one name among words drawn from what members say."""
    users, name = newcomers(dice, 60, servers=40), dice.letters(7)
    yield from come(dice, users, START, 60, rooms=[LOBBY])
    for number in range(240):
        words = dice.sample(WORDS, dice.randrange(4, 9))
        words.insert(dice.randrange(len(words)), name)
        yield abuse(START + 62 + number * 0.7, users[number % 60], text(" ".join(words)),
                    attack="raid")  # fmt: skip


@abusive(least_percent=60.0)
def raid_that_spells(dice: Dice) -> Iterator[Sent]:
    """Forty accounts write one letter each, which together are a slogan, again and again."""
    users = newcomers(dice, 40, servers=30)
    yield from come(dice, users, START, 60, rooms=[LOBBY])
    letters = dice.pick(SPELLED).replace(" ", "")
    for number in range(320):
        yield abuse(START + 62 + number * 0.5, users[number % 40],
                    text(letters[number % len(letters)]), attack="raid")  # fmt: skip


@abusive(least_percent=85.0)
def raid_of_drawings(dice: Dice) -> Iterator[Sent]:
    """Forty accounts post a picture made of letters, with a sign exchanged."""
    users = newcomers(dice, 40, servers=30)
    yield from come(dice, users, START, 60, rooms=[LOBBY])
    art = dice.pick(ART)
    for number in range(160):
        place = dice.randrange(len(art))
        body = art[:place] + dice.choice("⣿█░ .") + art[place + 1 :]
        yield abuse(START + 62 + number, users[number % 40], text(body), attack="raid")


@abusive(least_percent=90.0)
def raid_after_small_talk(dice: Dice) -> Iterator[Sent]:
    """Fifty accounts talk for twenty minutes as anybody does, and then write one line."""
    users = newcomers(dice, 50, servers=40)
    yield from come(dice, users, START, 300, rooms=[LOBBY])
    for number in range(150):
        body = f"{dice.choice(SMALL_TALK)} {dice.choice(WORDS)}"
        yield Sent(START + 310 + number * 6, users[number % 50], text(body), is_counted=False)
    line = _line(dice)
    for number in range(200):
        yield abuse(START + 1_300 + number * 0.7, users[number % 50], text(varied(dice, line)),
                    attack="raid")  # fmt: skip


@abusive(least_percent=75.0)
def raid_of_lurkers(dice: Dice) -> Iterator[Sent]:
    """Fifty accounts that came one by one in days and never wrote post a line once, all at once."""
    users = newcomers(dice, 50, servers=45)
    for number, user in enumerate(users):
        yield join(START + number * 3_600, user, is_counted=False)
    line = _line(dice)
    for number, user in enumerate(users):
        yield abuse(START + 3 * DAY_SECONDS + number * 0.8, user, text(varied(dice, line)),
                    attack="raid")  # fmt: skip


@abusive()
def raid_after_a_moderators_quotation(dice: Dice) -> Iterator[Sent]:
    """A moderator quotes the first line of a raid, without a word of warning; it goes on."""
    users, line = newcomers(dice, 60, servers=40), _line(dice)
    yield from come(dice, users, START, 60, rooms=[LOBBY])
    yield abuse(START + 62, users[0], text(line), attack="raid")
    yield Sent(START + 70, MODERATOR, text(dice.choice(('"{}"?', "> {}\n\nwhat is this", "{}"))
                                           .format(line)))  # fmt: skip
    for number in range(200):
        yield abuse(START + 75 + number * 0.8, users[number % 60], text(varied(dice, line)),
                    attack="raid")  # fmt: skip


@abusive()
def raid_that_a_moderator_quoted_before(dice: Dice) -> Iterator[Sent]:
    """A moderator shows, without a word of warning, what a raid writes elsewhere; then it comes."""
    users, line = newcomers(dice, 60, servers=40), _line(dice)
    shown = ('"{}"', "„{}“ ?", "> {}\n\nseen in the other room", "they write '{}' over there")
    yield Sent(START, MODERATOR, text(dice.choice(shown).format(line)))
    yield from come(dice, users, START, 60, rooms=[LOBBY])
    for number in range(200):
        yield abuse(START + 75 + number * 0.8, users[number % 60], text(varied(dice, line)),
                    attack="raid")  # fmt: skip


@abusive()
def raid_that_a_member_quotes(dice: Dice) -> Iterator[Sent]:
    """Two members repeat a raid's line in the middle of it."""
    users, line = newcomers(dice, 60, servers=40), _line(dice)
    yield from come(dice, users, START, 60, rooms=[LOBBY])
    for place in range(2):
        yield Sent(START + 64 + 3 * place, MEMBERS[place], text(f"lol {line}"))
    for number in range(200):
        yield abuse(START + 62 + number * 0.8, users[number % 60], text(varied(dice, line)),
                    attack="raid")  # fmt: skip


@abusive()
def echoes_of_members(dice: Dice) -> Iterator[Sent]:
    """A dozen accounts repeat what members just said, word for word."""
    users = newcomers(dice, 12, servers=8)
    yield from come(dice, users, START, 20, rooms=[LOBBY])
    for number in range(40):
        said = " ".join(dice.sample(WORDS, dice.randrange(6, 10)))
        at = START + 30 + number * 12
        yield Sent(at, MEMBERS[number % 12], text(said))
        for place in range(4):
            yield abuse(at + 2 + place * 2, users[(number + place * 3) % 12], text(said),
                        attack="echo")  # fmt: skip


@abusive()
def one_wrong_answer_to_every_question(dice: Dice) -> Iterator[Sent]:
    """Fifteen accounts answer whatever is asked with one bad advice in variations."""
    users, advice = newcomers(dice, 15, servers=12), dice.pick(WRONG_ANSWERS)
    yield from come(dice, users, START, 60, rooms=[LOBBY])
    for number in range(100):
        at = START + 62 + number * 9
        if number % 4 == 0:
            yield Sent(at - 1, MEMBERS[number % 12], text(dice.choice(LINES)), label=f"q{number}")
        content = text(varied(dice, advice)) | reply_to(f"{REFERENCE}q{number - number % 4}")
        yield abuse(at, users[number % 15], content, attack="answers")


@abusive(least_percent=85.0)
def pile_on_by_replies(dice: Dice) -> Iterator[Sent]:
    """Fifty accounts answer one member, without a mention, each with another insult."""
    users, victim = newcomers(dice, 50, servers=40), dice.choice(MEMBERS)
    yield from come(dice, users, START, 60, rooms=[LOBBY])
    for number in range(5):
        yield Sent(START + number, victim, text(dice.choice(LINES)), label=f"v{number}")
    for number in range(150):
        body = dice.choice(INSULTS_AT_ONE) + dice.choice(("", "!", " lol", f" {dice.letters(4)}"))
        yield abuse(START + 62 + number * 1.4, users[number % 50],
                    text(body) | reply_to(f"{REFERENCE}v{number % 5}"), attack="pile")  # fmt: skip


@abusive()
def mentions_one_at_a_time_by_many(dice: Dice) -> Iterator[Sent]:
    """Sixty accounts mention one of five members each, with another word or two."""
    users, victims = newcomers(dice, 60, servers=40), dice.sample(MEMBERS, 5)
    yield from come(dice, users, START, 60, rooms=[LOBBY])
    for number in range(240):
        victim = victims[number % 5]
        name = victim[1:].partition(":")[0]
        body = f"{name} {dice.choice(WORDS)} {dice.letters(5)}"
        content = text(body, **{"m.mentions": {"user_ids": [victim]}})
        yield abuse(START + 62 + number * 0.9, users[number % 60], content, attack="raid")


@abusive(least_percent=30.0)
def raid_by_short_reactions(dice: Dice) -> Iterator[Sent]:
    """Sixty accounts put short insults as reactions under what one member says."""
    users, victim = newcomers(dice, 60, servers=40), dice.choice(MEMBERS)
    yield from come(dice, users, START, 60, rooms=[LOBBY])
    for number in range(8):
        yield Sent(START + number, victim, text(dice.choice(LINES)), label=f"v{number}")
    keys = KEYS[dice.half :: 2]
    for number in range(240):
        content = reaction(f"{REFERENCE}v{number % 8}", dice.choice(keys))
        yield abuse(START + 62 + number * 0.8, users[number % 60], content, type="m.reaction",
                    attack="raid")  # fmt: skip
