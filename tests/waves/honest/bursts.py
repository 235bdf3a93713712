"""Newcomers who write in bursts: a question, a story or an offer over several short messages."""

import re
from collections.abc import Iterator

from tests.waves.dice import Dice, join, text
from tests.waves.honest.newcomers import FIRST, SECOND
from tests.waves.kinds import honest
from tests.waves.simulated_community import ROOMS, Sent
from tests.waves.texts.several.bursts import BURSTS

EVERY = tuple(burst for bursts in BURSTS.values() for burst in bursts)
MOST_CHARS = 300
_END = re.compile(r"(?<=[^\W\d_][,.;:?!]) +")
LONGER = tuple(
    said for said in (*FIRST, *SECOND)
    if len(said) <= MOST_CHARS and "\n" not in said and _END.search(said) is not None
)  # fmt: skip


@honest
def messages_in_bursts(dice: Dice) -> Iterator[Sent]:
    """Newcomers each of whom says one thing in several messages, a part of a sentence each."""
    bursts = [dice.filled(burst).split("|") for burst in EVERY]
    bursts += [_END.split(said) for said in dice.sample(LONGER, 150)]
    at = 60.0
    for number, burst in enumerate(bursts):
        user = f"@{dice.letters(8)}:home{number % 60}.example"
        at += dice.uniform(30, 90)
        yield join(at, user)
        moment = at + dice.uniform(10, 40)
        for said in burst:
            yield Sent(moment, user, text(said), room_id=ROOMS[0])
            moment += dice.uniform(3, 15)
