"""Accounts that are known and turn: in many rooms, slowly, in edits, and for one another."""

from collections.abc import Iterator

from tests.waves.abuse.scams import START
from tests.waves.dice import Dice, abuse, edit_of, join, newcomers, text
from tests.waves.kinds import abusive
from tests.waves.simulated_community import MEMBERS, REFERENCE, ROOMS, Sent
from tests.waves.texts.chat import SMALL_TALK
from tests.waves.texts.scams import ABOUT_ONE_CONTACT, ABROAD, ENGLISH
from tests.waves.texts.several.asked_secrets import CODES

DAY_SECONDS = 86_400


def _pitch(dice: Dice, number: int, link: str, contact: str) -> str:
    pool = ENGLISH if number % 3 else dice.choice(list(ABROAD.values()))
    return dice.filled(dice.pick(pool), link=link, contact=contact)


def _members_turn(dice: Dice, pause: tuple[float, float], *, is_reworded: bool) -> Iterator[Sent]:
    for number, user in enumerate(dice.sample(MEMBERS, 12)):
        at = START + number * 60
        link, contact = dice.link(), dice.contact()
        body = _pitch(dice, number, link, contact)
        for place, room_id in enumerate(dice.sample(ROOMS, 4)):
            at += dice.uniform(*pause)
            if is_reworded and place:
                body = _pitch(dice, number, link, contact)
            # The first room passes.
            yield Sent(at, user, text(body), room_id=room_id, is_abuse=place > 0,
                       is_counted=place > 0)  # fmt: skip


@abusive(least_percent=60.0)
def members_who_turn_within_a_minute(dice: Dice) -> Iterator[Sent]:
    """The same offer in all rooms, seconds apart."""
    yield from _members_turn(dice, (2, 12), is_reworded=False)


@abusive(least_percent=60.0)
def members_who_turn_slowly(dice: Dice) -> Iterator[Sent]:
    """The same contact in other words, an hour from room to room."""
    yield from _members_turn(dice, (3_000, 4_000), is_reworded=True)


@abusive(least_percent=60.0)
def members_who_turn_in_edits(dice: Dice) -> Iterator[Sent]:
    """Old harmless messages in all rooms are edited into an offer."""
    for number, user in enumerate(dice.sample(MEMBERS, 12)):
        at = START + number * 60
        rooms = dice.sample(ROOMS, 4)
        for place, room_id in enumerate(rooms):
            yield Sent(at + place * 4, user, text(dice.choice(SMALL_TALK)), room_id=room_id,
                       label=f"m{number} {place}", is_counted=False)  # fmt: skip
        body = _pitch(dice, number, dice.link(), dice.contact())
        at += 400
        for place, room_id in enumerate(rooms):
            at += dice.uniform(5, 40)
            yield Sent(at, user, edit_of(f"{REFERENCE}m{number} {place}", body), room_id=room_id,
                       is_abuse=place > 0, is_counted=place > 0)  # fmt: skip


@abusive(least_percent=90.0)
def sleepers_who_vouch_for_a_contact(dice: Dice) -> Iterator[Sent]:
    """Accounts that wrote for days post a contact, so that the others may advertise it."""
    sleepers, users = newcomers(dice, 4, servers=4), newcomers(dice, 10, servers=10)
    contact = f"t.me/{dice.handle()}"
    for place, user in enumerate(sleepers):
        yield join(START + place, user, is_counted=False)
        for number in range(24):
            at = START + 60 + place * 7 + number * DAY_SECONDS / 8
            yield Sent(at, user, text(f"{dice.choice(SMALL_TALK)} {dice.letters(4)}"),
                       room_id=ROOMS[number % 4], is_counted=False)  # fmt: skip
        yield Sent(START + 3.2 * DAY_SECONDS + place * 90, user,
                   text(f"this is where we meet: {contact}"), is_counted=False)  # fmt: skip
    for number, user in enumerate(users):
        at = START + 3.3 * DAY_SECONDS + number * 60
        yield join(at, user, is_counted=False)
        for room_id in ROOMS[:4]:
            at += dice.uniform(5, 20)
            body = dice.filled(dice.pick(ABOUT_ONE_CONTACT), contact=contact)
            yield abuse(at, user, text(body), room_id=room_id, attack=contact)


@abusive()
def friendly_accounts_that_turn_by_degrees(dice: Dice) -> Iterator[Sent]:
    """Newcomers who chat, and come to their offer with a line of talk after each sentence."""
    for number in range(14):
        (user,) = newcomers(dice, 1)
        at = START + number * 40
        room_id = ROOMS[number % 2]
        yield join(at, user, room_id, is_counted=False)
        for _ in range(5):
            at += dice.uniform(15, 50)
            yield Sent(at, user, text(dice.choice(SMALL_TALK)), room_id=room_id, is_counted=False)
        link, contact = dice.link(), dice.contact()
        for _ in range(3):
            at += dice.uniform(20, 50)
            yield Sent(at, user, text(dice.choice(SMALL_TALK)), room_id=room_id, is_counted=False)
            at += dice.uniform(10, 30)
            yield abuse(at, user, text(_pitch(dice, number, link, contact)), room_id=room_id)


@abusive()
def members_who_ask_for_codes(dice: Dice) -> Iterator[Sent]:
    """A request for a code, a password or a key without a contact, a minute from room to room."""
    for number, user in enumerate(dice.sample(MEMBERS, 12)):
        at = START + number * 300
        body = dice.choice(CODES)
        for place, room_id in enumerate(dice.sample(ROOMS, 4)):
            # The first room passes.
            yield Sent(at + place * 60, user, text(body), room_id=room_id, is_abuse=place > 0,
                       is_counted=place > 0)  # fmt: skip
