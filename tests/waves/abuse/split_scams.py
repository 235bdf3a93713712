"""Scams in pieces: by one account or several, as chains of replies, and word by word.

Only the piece that leads somewhere counts: it must be refused. What was signed before it must not
be left standing. Three pieces alone read like those of an honest newcomer who asks about a job.
"""

import re
from collections.abc import Iterator, Sequence

from tests.waves.abuse.scams import START
from tests.waves.dice import Dice, abuse, come, newcomers, reply_to, text
from tests.waves.kinds import abusive
from tests.waves.simulated_community import REFERENCE, ROOMS, Sent
from tests.waves.texts.several.split_scams import SPLIT_SCAMS

_LEADS_AWAY = re.compile(r"[@/]\w|\+\d|\w\.\w")
EVERY = tuple(pitch for pitches in SPLIT_SCAMS.values() for pitch in pitches)


def _pieces(dice: Dice) -> list[str]:
    link, contact = dice.link(), dice.contact()
    return dice.filled(dice.pick(EVERY), link=link, contact=contact).split("|")


def _told(
    dice: Dice, users: Sequence[str], at: float, pieces: Sequence[str], *, replies: bool = False
) -> Iterator[Sent]:
    """Have the users say the pieces by turns, a few seconds apart."""
    attack = f"{users[0]} {at}"
    ends = [place for place, piece in enumerate(pieces) if _LEADS_AWAY.search(piece)]
    yield from come(dice, users, at, 1, rooms=ROOMS[:1])
    at += dice.uniform(4, 30)
    for place, piece in enumerate(pieces):
        content, label = text(piece), f"{attack} {place}"
        if replies and place:
            content |= reply_to(f"{REFERENCE}{attack} {place - 1}")
        yield abuse(at, users[place % len(users)], content, label=label, attack=attack,
                    is_counted=place >= ends[-1])  # fmt: skip
        at += dice.uniform(2, 15)


@abusive(most_standing=2)
def pitches_in_sentences(dice: Dice) -> Iterator[Sent]:
    """Pitches of twelve languages, a sentence or half of one a message."""
    for number in range(48):
        yield from _told(dice, newcomers(dice, 1), START + number * 120, _pieces(dice))


@abusive(least_percent=85.0, most_standing=2)
def pitches_as_chains_of_replies(dice: Dice) -> Iterator[Sent]:
    """Each piece answers the piece before it."""
    for number in range(48):
        yield from _told(dice, newcomers(dice, 1), START + number * 120, _pieces(dice),
                         replies=True)  # fmt: skip


@abusive(least_percent=85.0)
def pitches_of_several_accounts(dice: Dice) -> Iterator[Sent]:
    """Two or three accounts say the pieces by turns.

    What others wrote is handed over for nobody's refusal: they may have been honest.
    """
    for number in range(48):
        users = newcomers(dice, dice.randrange(2, 4), servers=3)
        yield from _told(dice, users, START + number * 120, _pieces(dice))


@abusive(least_percent=90.0, most_standing=2)
def pitches_word_by_word(dice: Dice) -> Iterator[Sent]:
    """Two or three words a message."""
    for number in range(48):
        words = " ".join(_pieces(dice)).split()
        size = dice.randrange(2, 4)
        pieces = [" ".join(words[at : at + size]) for at in range(0, len(words), size)]
        yield from _told(dice, newcomers(dice, 1), START + number * 200, pieces)
