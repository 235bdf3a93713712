"""The same stream of events gets the same answers from counters in memory and in Valkey."""

from contextlib import AsyncExitStack
from random import Random  # noqa: TID251 - seeded, so that a run can be repeated
from typing import Any

import pytest

from countersign.adapters.memory.counters import MemoryCounters
from countersign.policy.questions.crowds import Crowd
from countersign.policy.text.minhash import minhash_of
from countersign.ports.counters import (
    Count,
    CountGroup,
    Namespace,
    RecentMembers,
    SameThing,
    SameThings,
    Settlement,
    SimilarText,
)
from countersign.ports.people_counts import People, Person, RecentSayings, Unsigned
from countersign.testing.clocks import ManualClock
from tests.adapters.valkey.conftest import Opened, moved_source, quiet
from tests.contracts.counted_events import make_event
from tests.waiting import until

PEOPLE = [f"@{name}:{name}.example" for name in ("ann", "bob", "cleo")]
ROOMS = ["!one:example.org", "!two:example.org"]
TEXTS = [
    f"come and join our new group and win a lot of money with {how} at home {end}"
    for how in ("very little work", "no work", "hardly any work")
    for end in ("today", "tonight or tomorrow")
]
BEGAN_TS = 1_750_000_000_000


def every_question(number: int) -> list[Any]:
    """Return one question of each kind; equal numbers ask the same."""
    drawn = minhash_of(TEXTS[number % len(TEXTS)])
    assert drawn is not None
    thing = bytes([number % 3]) * 16
    words = frozenset({number % 4, 2**63 - 1, -(2**62)})
    return [
        Count(Namespace.EVENTS, ("room", str(number % 2)), 20_000, number % 3),
        Count(Namespace.EVENTS, ("attempts",), 60_000, on=None),
        Count(Namespace.WARNINGS, ("w", "é"), 86_400_000, on=Settlement.WARNED),
        SameThing(thing, 30_000),
        SameThings((thing, b"z" * 16), 60_000, is_added=number % 2 == 0),
        SimilarText(drawn, 60, 50_000),
        RecentMembers(ROOMS[0], 40_000, len(PEOPLE), is_added=True, is_listed=number % 2 == 0),
        Unsigned(f"words {number % 3}", 50_000),
        CountGroup(
            (
                People(("came",), 40_000),
                RecentSayings(words, number % 3 > 0, "group", 40_000, 2),
            )
        ),
    ]


STEPS = ("reserve", "settle", "cancel", "note", "forget", "pass")
OFTEN = (45, 26, 8, 6, 1, 14)
PASSES_MS = (7, 40, 400, 3_333, 9_990, 20_001, 50_002, 3_700_000)
PASSES_OFTEN = (30, 30, 20, 10, 5, 3, 1, 0.5)


def recorded(seed, length):
    """Return a stream of events, repeatable: what is asked, settled, cancelled, and when."""
    chance = Random(seed)
    for kind in chance.choices(STEPS, OFTEN, k=length):
        match kind:
            case "reserve":
                which = [place for place in range(9) if chance.random() < 0.6]
                again = chance.choices((None, chance.randrange(12)), (3, 1))[0]
                yield (
                    kind,
                    chance.choice(PEOPLE),
                    chance.choice(ROOMS),
                    chance.randrange(12),
                    which,
                    again,
                )
            case "settle":
                yield kind, chance.randrange(4), chance.choice(list(Settlement))
            case "cancel":
                yield kind, chance.randrange(4)
            case "note" | "forget":
                yield kind, chance.choice(PEOPLE)
            case "pass":
                yield kind, *chance.choices(PASSES_MS, PASSES_OFTEN)


class _Both:
    """Counters in memory and two processes over one server, asked the same in turn."""

    def __init__(self, memory, clock, processes, clients):
        self._memory = memory
        self._clock = clock
        self._processes = processes
        self._clients = clients
        self._pending: list[Any] = []
        self._number = 0
        self.compared = 0

    async def take(self, step):
        # No two things happen in one millisecond: the server orders those by name. What was said
        # without waiting is said before time passes.
        await self._quiet()
        self._clock.advance(0.001)
        await getattr(self, f"_{step[0]}")(*step[1:])

    @property
    def now_ts(self):
        return self._clock.now_ts()

    def _process(self):
        self._number += 1
        return self._processes[self._number % len(self._processes)]

    async def _reserve(self, sender, room, number, which, again):
        self._number += 1
        event = make_event(f"event {self._number}", sender, room_id=room)
        questions = [every_question(number)[place] for place in which]
        await self._hold(event, questions)
        if again is not None:  # by another process, which has another policy
            await self._hold(event, [*questions[::-1], *every_question(again)[:4]])

    async def _hold(self, event, questions):
        process, questions = self._process(), list(dict.fromkeys(questions))
        self._pending.append((event, questions, process))
        await self._compare(event, questions, process)

    async def _settle(self, place, settlement):
        if place < len(self._pending):
            event, _, process = self._pending.pop(place)
            self._memory.settle(event.key, settlement)
            process.settle(event.key, settlement)

    async def _cancel(self, place):
        if place < len(self._pending):
            event, _, process = self._pending.pop(place)
            self._memory.cancel(event.key)
            process.cancel(event.key)

    async def _note(self, user_id):
        told: list[Any] = []
        person = Person(("came",), 40_000, user_id, user_id[:3])
        self._memory.note_people("default", [person], lambda each: told.extend(map(dict, each)))
        self._process().note_people("default", [person], told.extend)
        await self._quiet()
        assert told[0] == told[1]

    async def _forget(self, user_id):
        self._memory.forget_person(user_id)
        self._process().forget_person(user_id)

    async def _pass(self, ms):
        self._clock.advance(ms / 1_000)

    async def _quiet(self):
        await quiet(self._clients)

    async def _compare(self, event, questions, process):
        await self._quiet()
        memory = await self._memory.reserve(event, questions)
        there = await process.reserve(event, questions)
        for question, here, other in zip(questions, memory, there, strict=True):
            assert _plain(other) == _plain(here), question
        self.compared += len(memory)


def _plain(answer):
    if isinstance(answer, tuple) and answer and isinstance(answer[0], str):
        return set(answer)  # members, whom memory has in the order of their decisions
    if isinstance(answer, tuple) and not isinstance(answer, Crowd) and not hasattr(answer, "units"):
        return tuple(map(_plain, answer))
    return dict(answer) if hasattr(answer, "keys") else answer


def _source(clock_key):
    """Return the function's source, whose clock is wholly the test's."""
    return moved_source().replace(
        "local function present_ms()\n",
        f"local function present_ms()\n  if true then return tonumber(call('GET', '{clock_key}')) "
        "end\n",
    )


class _ServerClock(ManualClock):
    """A clock that the server is told of whenever it is moved."""

    def __init__(self, client):
        super().__init__(BEGAN_TS)
        self._client = client
        client.set("clock", BEGAN_TS)

    def advance(self, seconds):
        super().advance(seconds)
        self._client.set("clock", self.now_ts())


@pytest.mark.parametrize(
    ("server", "seed"),
    [*(("valkey", seed) for seed in range(8)), ("redis", 8), ("redis", 9)],
    indirect=["server"],
)
async def test_both_answer_the_same(server, patient, seed):
    assert await _compared(server, recorded(seed, 300)) > 400


async def _compared(server, stream):
    """Return how many answers were compared."""
    with server.client() as inspector:
        async with AsyncExitStack() as stack:
            opened = Opened(stack, _source("clock"))
            clock = _ServerClock(inspector)
            clients = [await opened.open(server.url) for _ in range(2)]
            await until(lambda: all(client.is_up for client in clients))
            both = _Both(MemoryCounters(clock), clock, list(map(opened.over, clients)), clients)
            for step in stream:
                await both.take(step)
            return both.compared
