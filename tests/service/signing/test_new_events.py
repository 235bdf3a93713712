"""New events are decided without a look for a decision, and never decided twice."""

from dataclasses import replace

import pytest

from countersign.adapters.memory.counters import MemoryCounters
from countersign.ports.counters import RESERVED_FOR_MS
from countersign.protocol.errors import SignatureInvalid
from countersign.service.errors import EventRefused, RateLimited
from countersign.service.evaluation.new_events import NEW_FOR_MS
from tests.service.signing.test_sign_event import (
    Counting,
    decision_database,  # noqa: F401
    desk,  # noqa: F401
)

COUNTING = b"filters: [counting, {event-rate: {per: sender, max_events: 9, per_seconds: 60}}]"


class WatchedCounters(MemoryCounters):
    """Counters that list the keys that were settled and cancelled."""

    def __init__(self, clock):
        super().__init__(clock)
        self.settled = []
        self.cancelled = []

    def settle(self, key, settlement):
        self.settled.append(key)
        super().settle(key, settlement)

    def cancel(self, key):
        self.cancelled.append(key)
        super().cancel(key)


@pytest.fixture
def watched(desk, monkeypatch):  # noqa: F811
    """The desk with counters of its own; `looks` lists the keys that are looked up."""
    desk.counters = WatchedCounters(desk.world.clock)
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


async def test_a_new_event_is_decided_without_a_look(watched):
    event = written(watched)
    assert watched.is_signed(await watched.ask(event), event)
    assert watched.looks == []


@pytest.mark.parametrize("seconds_ago", [NEW_FOR_MS / 1_000 + 0.01, -NEW_FOR_MS / 1_000 - 0.01])
async def test_an_event_of_another_time_is_looked_up(watched, seconds_ago):
    await watched.ask(written(watched, seconds_ago=seconds_ago))
    assert len(watched.looks) == 1


async def test_an_event_that_another_server_asks_about_is_looked_up(watched):
    await watched.ask(written(watched), by=watched.world.bob)
    assert len(watched.looks) == 1


async def test_another_process_finds_the_decision_on_a_new_event_and_decides_nothing(watched):
    event = written(watched)
    Counting.runs = 0
    answer = await watched.ask(event)
    watched.enforce(b'filters: [{keyword: {words: ["hello"]}}]')
    watched.open()  # another process, over the same database and counters

    assert await watched.ask(event) == answer
    assert Counting.runs == 1
    assert len(watched.looks) == 1


async def test_a_forged_copy_of_a_decided_event_gets_its_decision(watched):
    event = written(watched)
    answer = await watched.ask(event)
    watched.open()
    forged = {**event, "signatures": {"example.org": {"ed25519:paper": "A" * 86}}}

    assert await watched.ask(forged) == answer
    with pytest.raises(SignatureInvalid):
        await watched.ask({**written(watched, "more"), "signatures": forged["signatures"]})


async def test_a_limit_strikes_only_after_a_look(watched):
    event = written(watched)
    answer = await watched.ask(event)
    watched.decisions_per_day = 1
    watched.open()
    await watched.ask(written(watched, "this uses up the limit"))

    assert await watched.ask(event) == answer
    with pytest.raises(RateLimited):
        await watched.ask(written(watched, "a third"))


async def test_a_refusal_of_another_process_stands(watched):
    watched.enforce(b'filters: [{keyword: {words: ["spam"]}, says: "No."}]')
    event = written(watched, "spam")
    with pytest.raises(EventRefused) as refused:
        await watched.ask(event)
    watched.enforce(COUNTING)
    watched.open()

    with pytest.raises(EventRefused) as again:
        await watched.ask(event)
    assert again.value.reference == refused.value.reference


async def test_nothing_of_an_event_dated_ahead_is_taken_back_when_it_is_asked_for_again(watched):
    ahead = written(watched, seconds_ago=-(RESERVED_FOR_MS / 1_000 + 2))
    answer = await watched.ask(ahead)
    watched.world.clock.advance(RESERVED_FOR_MS / 1_000 + 1)
    watched.counters.settled.clear()
    watched.looks.clear()
    watched.open()  # another process, which does not remember the decision

    assert await watched.ask(ahead) == answer
    assert watched.looks == [], "it passed for a new one"
    assert len(watched.counters.settled) == 1
    assert watched.counters.cancelled == []


async def test_an_event_that_another_process_decides_at_once_is_counted_there(watched, monkeypatch):
    record = watched.decisions.record

    async def record_second(decision):
        await record(replace(decision, asked_by="other.example"))
        return await record(decision)

    monkeypatch.setattr(watched.decisions, "record", record_second)
    watched.open()
    await watched.ask(written(watched))

    assert watched.counters.settled == []
    assert len(watched.counters.cancelled) == 1
