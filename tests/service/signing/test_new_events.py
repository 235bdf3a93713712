"""New events are decided without a look for a decision, and never decided twice."""

from dataclasses import replace

import pytest

from countersign.adapters.memory.counters import MemoryCounters
from countersign.ports.counters import RESERVED_FOR_MS, AlreadySettled
from countersign.protocol.errors import SignatureInvalid
from countersign.service.errors import EventRefused, RateLimited
from countersign.service.evaluation.new_events import NEW_FOR_MS
from tests.service.signing.test_sign_event import (
    Counting,
    decision_database,  # noqa: F401
    desk,  # noqa: F401
)

COUNTING = b"filters: [counting, {event-rate: {per: sender, max_events: 9, per_seconds: 60}}]"


class SharedCounters(MemoryCounters):
    """Counters that know what was settled, as those do that several processes share."""

    def __init__(self, clock):
        super().__init__(clock)
        self.settled = set()
        self.cancelled = set()

    async def reserve(self, event, questions, now_ts=None):
        if event.key in self.settled:
            raise AlreadySettled
        return self.reserve_now(event, questions, now_ts)

    def settle(self, key, settlement):
        self.settled.add(key)
        super().settle(key, settlement)

    def cancel(self, key):
        self.cancelled.add(key)
        super().cancel(key)


@pytest.fixture
def shared(desk, monkeypatch):  # noqa: F811
    """The desk with shared counters; `looks` lists the keys that are looked up."""
    desk.counters = SharedCounters(desk.world.clock)
    desk.looks = []
    find = desk.decisions.find

    async def look(key):
        desk.looks.append(key)
        return await find(key)

    monkeypatch.setattr(desk.decisions, "find", look)
    desk.enforce(COUNTING)
    desk.open()
    return desk


def written(desk, body="hello", seconds_ago=0.0, **more):  # noqa: F811
    """Return a message that its sender's server made so long ago."""
    ts = desk.world.clock.now_ts() - round(seconds_ago * 1_000)
    return desk.message(body, origin_server_ts=ts, **more)


async def test_a_new_event_is_decided_without_a_look(shared):
    event = written(shared)
    assert shared.is_signed(await shared.ask(event), event)
    assert shared.looks == []


@pytest.mark.parametrize("seconds_ago", [NEW_FOR_MS / 1_000 + 0.01, -NEW_FOR_MS / 1_000 - 0.01])
async def test_an_event_of_another_time_is_looked_up(shared, seconds_ago):
    await shared.ask(written(shared, seconds_ago=seconds_ago))
    assert len(shared.looks) == 1


async def test_an_event_that_another_server_asks_about_is_looked_up(shared):
    await shared.ask(written(shared), by=shared.world.bob)
    assert len(shared.looks) == 1


async def test_another_process_finds_the_decision_on_a_new_event_and_decides_nothing(shared):
    event = written(shared)
    Counting.runs = 0
    answer = await shared.ask(event)
    shared.enforce(b'filters: [{keyword: {words: ["hello"]}}]')
    shared.open()  # another process, over the same database and counters

    assert await shared.ask(event) == answer
    assert Counting.runs == 1
    assert len(shared.looks) == 1


async def test_a_forged_copy_of_a_decided_event_gets_its_decision(shared):
    event = written(shared)
    answer = await shared.ask(event)
    shared.open()
    forged = {**event, "signatures": {"example.org": {"ed25519:paper": "A" * 86}}}

    assert await shared.ask(forged) == answer
    with pytest.raises(SignatureInvalid):
        await shared.ask({**written(shared, "more"), "signatures": forged["signatures"]})


async def test_a_limit_strikes_only_after_a_look(shared):
    event = written(shared)
    answer = await shared.ask(event)
    shared.decisions_per_day = 1
    shared.open()
    await shared.ask(written(shared, "this uses up the limit"))

    assert await shared.ask(event) == answer
    with pytest.raises(RateLimited):
        await shared.ask(written(shared, "a third"))


async def test_a_refusal_of_another_process_stands(shared):
    shared.enforce(b'filters: [{keyword: {words: ["spam"]}, says: "No."}]')
    event = written(shared, "spam")
    with pytest.raises(EventRefused) as refused:
        await shared.ask(event)
    shared.enforce(COUNTING)
    shared.open()

    with pytest.raises(EventRefused) as again:
        await shared.ask(event)
    assert again.value.reference == refused.value.reference


async def test_nothing_of_an_event_dated_ahead_is_taken_back_when_it_is_asked_for_again(shared):
    ahead = written(shared, seconds_ago=-(RESERVED_FOR_MS / 1_000 + 2))
    answer = await shared.ask(ahead)
    shared.world.clock.advance(RESERVED_FOR_MS / 1_000 + 1)
    shared.counters.settled.clear()  # they know it for so long only
    shared.looks.clear()
    shared.open()  # another process, which does not remember the decision

    assert await shared.ask(ahead) == answer
    assert shared.looks == [], "it passed for a new one"
    assert len(shared.counters.settled) == 1
    assert shared.counters.cancelled == set()


async def test_an_event_that_another_process_decides_at_once_is_counted_there(shared, monkeypatch):
    record = shared.decisions.record

    async def record_second(decision):
        await record(replace(decision, asked_by="other.example"))
        return await record(decision)

    monkeypatch.setattr(shared.decisions, "record", record_second)
    shared.open()
    await shared.ask(written(shared))

    assert shared.counters.settled == set()
    assert len(shared.counters.cancelled) == 1
