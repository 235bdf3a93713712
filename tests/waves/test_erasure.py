"""Whoever is erased is in none of the memories that traffic of every sort has filled."""

import gc
from dataclasses import fields
from types import ModuleType

import pytest

from countersign.adapters.memory.counters import MemoryCounters
from countersign.bootstrap.privacy.erasure import forget_erased, short_memories
from tests.waves.dice import Dice, text
from tests.waves.every_kind import EVERY_KIND
from tests.waves.simulated_community import MEMBERS, MODERATOR, ROOMS, Sent, simulated_community

KINDS = (
    *("raid of copypasta", "scams in pieces", "near duplicates", "pile on", "flood by several"),
    *("members who turn", "echoes of members", "friendly accounts that turn", "a roll call"),
)
EACH = 24
"""Number of events of each kind."""
FEW = 5
STORED = ("trust", "allowances", "mutes", "indicators")
"""Names of measures that keep a person's data in the database, too."""
OPAQUE = (type, ModuleType, type(len), type(lambda: None))


def traffic():
    """Yield events that fill the memories, in every room."""
    for place, room_id in enumerate(ROOMS * 3):
        asker, asked = MEMBERS[place], MEMBERS[place + 1]
        request = text("Could somebody send me the link to the slides, please?")
        calling = {**text("what do you think?"), "m.mentions": {"user_ids": [asked]}}
        yield Sent(place, MODERATOR, {**request, "m.mentions": {"user_ids": [asker]}},
                   room_id=room_id)  # fmt: skip
        yield Sent(place, asker, request, room_id=room_id)
        yield Sent(place, asker, calling, room_id=room_id)
    for kind in map(EVERY_KIND.__getitem__, KINDS):
        events = sorted(kind.make(Dice(kind.name, 1)), key=lambda each: each.at_seconds)
        yield from events[:EACH]


def named_in(memory, people):
    """Return which people are named anywhere in an object."""
    named, seen, waiting = set(), set(), [memory]
    while waiting:
        each = waiting.pop()
        if isinstance(each, str):
            named |= people & {each, *each.split(" ")}
        elif id(each) not in seen and not isinstance(each, OPAQUE):
            seen.add(id(each))
            waiting += gc.get_referents(each)
    return named


@pytest.mark.parametrize("is_named", [True, False], ids=["by name", "of somebody"])
async def test_nobody_who_was_erased_is_remembered(is_named):
    """Another process learns the name, or without shared counters only that it was somebody."""
    sent = list(traffic())
    people = {each.sender for each in sent}
    async with simulated_community() as played:
        await played.play(sent)
        measures, decisions = played._measures, played._decide._decisions
        memories = [*short_memories(measures), *(getattr(measures, each) for each in STORED)]
        # Its windows name people until they end, as the documentation says.
        looked_at = [each for each in memories if not isinstance(each, MemoryCounters)]
        known = [named_in(each, people) for each in looked_at]
        for learned in measures.learned().values():
            await learned.save()

        if is_named:
            for user_id in people:
                for memory in memories:
                    memory.forget_person(user_id)
        else:
            people = set(sorted(people)[:FEW])  # in the database each takes a while
            for user_id in people:
                erase = played._stores.personal_data.erase
                await erase(user_id, keep_given=False, may_rebuild=False)
            await forget_erased(measures, decisions)

    parts = [getattr(measures, each.name) for each in fields(measures)]
    assert [part for part in parts if hasattr(part, "forget_person") and part not in memories] == []
    assert sum(map(bool, known)) >= len(looked_at) - 1
    assert {type(each): names for each in looked_at if (names := named_in(each, people))} == {}
