"""Newcomers' first messages in many kinds of communities, and questions that they ask again."""

from collections.abc import Iterator

from tests.waves.dice import Dice, edit_of, join, text
from tests.waves.kinds import honest
from tests.waves.simulated_community import REFERENCE, ROOMS, Sent
from tests.waves.texts.newcomers import FIRST_WORDS
from tests.waves.texts.second_newcomers import SECOND_WORDS
from tests.waves.texts.several.asked_secrets import PEOPLE, TALK

FIRST = tuple(said for pool in FIRST_WORDS.values() for said in pool)


SECOND = tuple(said for pool in SECOND_WORDS.values() for said in pool)


def _newcomer(dice: Dice) -> str:
    return f"@{dice.letters(8)}:home{dice.randrange(60)}.example"


@honest
def first_words(dice: Dice) -> Iterator[Sent]:
    """First messages, each from its own account: logs, links, amounts, contacts, codes, rooms."""
    at = 60.0
    for said in dice.sample((*FIRST, *SECOND), len(FIRST) + len(SECOND)):
        user, room_id = _newcomer(dice), dice.choice(ROOMS)
        at += dice.uniform(30, 120)
        yield join(at, user, room_id)
        yield Sent(at + dice.uniform(10, 50), user, text(said), room_id=room_id)


@honest
def questions_asked_again(dice: Dice) -> Iterator[Sent]:
    """Unanswered questions, asked two or three times, in another room, or corrected."""
    at = 60.0
    for number, said in enumerate(dice.sample(FIRST, len(FIRST))):
        user = _newcomer(dice)
        room_id, other = dice.sample(ROOMS, 2)
        at += dice.uniform(60, 200)
        yield join(at, user, room_id)
        yield join(at + 1, user, other)
        moment = at + dice.uniform(10, 50)
        label = f"asked{number}"
        yield Sent(moment, user, text(said), room_id=room_id, label=label)
        match number % 4:
            case 0:
                for _ in range(2):
                    moment += dice.uniform(120, 400)
                    yield Sent(moment, user, text(said), room_id=room_id)
            case 1:
                moment += dice.uniform(20, 200)
                yield Sent(moment, user, text(said), room_id=other)
                again = text(f"anybody? {said}")
                yield Sent(moment + dice.uniform(100, 500), user, again, room_id=room_id)
            case 2:
                corrected = edit_of(REFERENCE + label, f"{said} (corrected)")
                yield Sent(moment + 10, user, corrected, room_id=room_id)
                yield Sent(moment + 400, user, text(said), room_id=room_id)
            case _:
                yield Sent(moment + dice.uniform(5, 20), user, text(said), room_id=room_id)
                moment += dice.uniform(300, 900)
                yield Sent(moment, user, text(said), room_id=other)


@honest
def talk_about_codes_contacts_and_roles(dice: Dice) -> Iterator[Sent]:
    """Questions about frauds and codes, helplines, sales, handles, names that resemble roles."""
    at = 60.0
    for user, name, said in (*PEOPLE, *((None, None, said) for said in TALK)):
        user, room_id = user or _newcomer(dice), dice.choice(ROOMS)
        at += dice.uniform(30, 120)
        yield join(at, user, room_id, name=name)
        yield Sent(at + dice.uniform(10, 50), user, text(said), room_id=room_id)
