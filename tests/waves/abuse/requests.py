"""Requests for secrets, contacts in disguise, and people who pass for those in charge.

Each account comes two and a half minutes after the one before, so that neither raid mode nor waves
help.
"""

from collections.abc import Iterator, Sequence

from tests.waves.dice import Dice, abuse, join, newcomers, text
from tests.waves.kinds import abusive
from tests.waves.simulated_community import ROOMS, Sent
from tests.waves.texts.several.asked_secrets import (
    DISGUISED,
    FRAMES,
    HEARSAY,
    PASSING,
    PITCHES,
    PLAIN,
    SECRETS,
)

APART_SECONDS = 150.0
LEAST_EVENTS = 30


def one_by_one(dice: Dice, pool: Sequence[str]) -> Iterator[Sent]:
    """Have each text said once, and more often where they are few, each time in another room."""
    rounds = -(-LEAST_EVENTS // len(pool))
    for number, body in enumerate(pool * rounds):
        (user,) = newcomers(dice, 1, servers=7)
        at, room_id = 60 + number * APART_SECONDS, ROOMS[number // len(pool) % len(ROOMS)]
        yield join(at, user, room_id, is_counted=False)
        yield abuse(at + 20, user, text(body), room_id=room_id)


@abusive()
def requests_for_secrets(dice: Dice) -> Iterator[Sent]:
    """Codes that come to somebody's telephone, keys and passwords, codes to be scanned."""
    yield from one_by_one(dice, SECRETS)


@abusive()
def contacts_in_disguise(dice: Dice) -> Iterator[Sent]:
    """Numbers in words, `t (dot) me slash x`, leet, letters apart, `x dot pro`, other alphabets."""
    yield from one_by_one(dice, DISGUISED)


@abusive()
def pitches_that_others_call_a_scam(dice: Dice) -> Iterator[Sent]:
    """A pitch with its contact in quotation marks, and hearsay or praise around it."""
    said = [
        frame.format(pitch.format(handle=dice.handle())) for frame in FRAMES for pitch in PITCHES
    ]
    yield from one_by_one(dice, (*HEARSAY, *said))


@abusive()
def scams_in_thirty_languages(dice: Dice) -> Iterator[Sent]:
    """Doubling, recovery, jobs, romance, mentors, support, airdrops, wares, loans, giveaways."""
    yield from one_by_one(dice, PLAIN)


@abusive()
def people_who_pass_for_those_in_charge(dice: Dice) -> Iterator[Sent]:
    """Names and user IDs of a role, or nearly the moderator's, who ask people to write to them."""
    at = 60.0
    for room_id in ROOMS[: -(-LEAST_EVENTS // len(PASSING))]:
        for user_id, name, said in PASSING:
            user = user_id or newcomers(dice, 1, servers=7)[0]
            yield join(at, user, room_id, name=name, is_counted=False)
            yield abuse(at + 20, user, text(said), room_id=room_id)
            at += APART_SECONDS
