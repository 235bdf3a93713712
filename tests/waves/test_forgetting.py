"""Tests that what a process remembers of people can be forgotten: of one, and of everybody."""

from collections import deque
from collections.abc import Mapping
from types import FunctionType, MethodType, ModuleType

from countersign.adapters.memory.counters import MemoryCounters
from countersign.bootstrap.privacy.erasure import forget_erased, short_memories
from tests.waves.dice import Dice
from tests.waves.every_kind import KINDS
from tests.waves.simulated_community import MEMBERS, MODERATOR, simulated_community

PLAYED = ("near duplicates", "one contact in new words", "support")
OPAQUE = (str, bytes, int, float, type, ModuleType, FunctionType, MethodType)
STORES = "countersign.adapters.sql"


def people_in(root):
    """Return the user IDs in an object, and in whatever it refers to, but for stores and counters.

    Rates are counted on by design until their time is over.
    """
    found, seen, waiting = set(), set(), [root]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            found.update(word for word in one.split() if word.startswith("@") and ":" in word)
        if one is None or isinstance(one, OPAQUE) or id(one) in seen:
            continue
        seen.add(id(one))
        if type(one).__module__.startswith(STORES) or isinstance(one, MemoryCounters):
            continue
        if isinstance(one, Mapping):
            waiting += [*one.keys(), *one.values()]
        elif isinstance(one, (list, tuple, set, frozenset, deque)):
            waiting += list(one)
        waiting += vars(one).values() if hasattr(one, "__dict__") else ()
        for each in type(one).__mro__:
            names = each.__dict__.get("__slots__", ())
            for name in (names,) if isinstance(names, str) else names:
                waiting.append(getattr(one, name, None))
    return found


def senders_of(sent):
    return {each.sender for each in sent} - set(MEMBERS) - {MODERATOR}


async def test_an_erasure_leaves_nobody_in_memory_whether_it_names_the_person_or_not():
    async with simulated_community() as played:
        sent = [each for kind in PLAYED for each in KINDS[kind].make(Dice(kind, 1))]
        await played.play(sent)
        leader = played._processes.leader
        measures, decisions = leader.measures, leader.decide._decisions
        for each in measures.learned().values():
            await each.save()
        one, *_ = sorted(senders_of(sent))
        for user_id in (*senders_of(sent), *MEMBERS):
            await played._stores.personal_data.erase(user_id, keep_given=False, may_rebuild=False)
        everybody = people_in(measures) | people_in(decisions)

        stored = (measures.trust, measures.allowances, measures.mutes, measures.indicators)
        for each in (decisions, *stored, *short_memories(measures)):
            each.forget_person(one)
        without_one = people_in(measures) | people_in(decisions)
        await forget_erased(measures, decisions)

        assert one in everybody
        assert len(everybody) >= 24
        assert without_one == everybody - {one}
        assert people_in(measures) | people_in(decisions) == set()
