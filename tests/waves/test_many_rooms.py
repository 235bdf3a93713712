"""Whoever is in many rooms may come to all of them, and change a name or picture in all of them."""

import pytest

from tests.waves.dice import join
from tests.waves.simulated_community import MEMBERS, ROOMS, simulated_community


@pytest.mark.parametrize("user", ["@somebody:home.example", MEMBERS[3]])
async def test_a_name_is_changed_in_every_room(user):
    names = ("Dee", "Dee (away)", "Dee")
    changes = [
        join(number * 20 + place, user, room_id, name)
        for number, name in enumerate(names)
        for place, room_id in enumerate(ROOMS)
    ]
    async with simulated_community() as played:
        outcome = await played.play(changes)
    assert outcome.ham == 12
    assert outcome.ham_refused == []
