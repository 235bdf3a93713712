"""Tests of the counting of people who came lately and write."""

from dataclasses import replace

import pytest

from countersign.adapters.memory.trust import MemoryTrustStore
from countersign.basics.durations import DAY_MS, HOUR_MS, MINUTE_MS
from countersign.bootstrap.presets import read_presets
from countersign.policy.decisions import Decision, RecordedDecision, Verdict
from countersign.policy.measures.crowds import CROWD_MS
from countersign.policy.measures.trust import Standing
from countersign.policy.measures.trust_records import LearnedTrust, Trust
from countersign.policy.policies.filter_registry import BUILTIN_FILTERS
from countersign.policy.policies.policy_documents import parse_policy
from countersign.ports.stores.trust import Learned
from countersign.service.answers.event_context import EventContext
from countersign.service.recent_messages.crowds import Crowds
from countersign.testing.clocks import ManualClock
from countersign.testing.filters import make_message_to_judge
from tests.contracts.broadcasts import Hub

ROOM = "!room:example.org"
POLICY = parse_policy(b"preset: newcomer-safe", BUILTIN_FILTERS, read_presets())
WITHOUT_STRICT = parse_policy(b"filters: [event-rate]\nraid: {joins: 2}", BUILTIN_FILTERS)
PEOPLE = POLICY.raid_rules.joins
SIGNED = Decision.from_findings((), policy_revision="r")


class Square:
    """A community that people come to and write in, and what counts them."""

    def __init__(self, clock=None):
        self.clock = clock or ManualClock()
        self.trust = MemoryTrustStore()
        self.crowds = Crowds(self.trust, self.clock)

    def say(self, number, *, level=Trust.NEW, came_minutes_ago=1, verdict=Verdict.SIGN, **more):
        now_ts = self.clock.now_ts()
        came_ts = now_ts - came_minutes_ago * MINUTE_MS
        sender = f"@person{number}:example.org"
        event = replace(
            make_message_to_judge("good morning"),
            sender=sender,
            room_id=ROOM,
            standing=Standing(level=level, because="", first_seen_ts=came_ts),
            **more,
        )
        context = EventContext(
            community="a", policy=POLICY, room=None, event=event, now=0, now_ts=now_ts
        )
        recorded = RecordedDecision(
            key=b"k" * 32, room_id=ROOM, event_id="$1", event_type="m.room.message", sender=sender,
            asked_by="example.org", decided_ts=now_ts, decision=replace(SIGNED, verdict=verdict),
        )  # fmt: skip
        self.crowds.settled(context, recorded)

    async def find(self, policy=POLICY, community="a"):
        return await self.crowds.find(community, policy)


@pytest.fixture
def square():
    return Square()


async def test_many_who_came_and_write_are_a_crowd_until_they_are_silent(square):
    for number in range(PEOPLE - 1):
        square.say(number)
        square.say(number)
    assert await square.find() is None

    square.say(PEOPLE)
    crowd = await square.find()
    assert (crowd.people, crowd.messages, crowd.rooms) == (PEOPLE, 2 * PEOPLE - 1, (ROOM,))
    assert await square.find(community="b") is None
    square.clock.advance(CROWD_MS / 1_000 + 1)
    assert await square.find() is None


async def test_those_who_go_on_writing_count_for_as_long_as_they_do(square):
    for minutes in (1, 10, 45):
        for number in range(PEOPLE):
            square.say(number, came_minutes_ago=minutes)
        square.clock.advance(9 * 60)

    assert (await square.find()).messages == 3 * PEOPLE


async def test_those_who_came_earlier_are_no_crowd_after_a_silence_that_nobody_looked_at(square):
    for number in range(PEOPLE):
        square.say(number)
    square.clock.advance(3_600)
    for number in range(PEOPLE):
        square.say(number, came_minutes_ago=61)

    assert await square.find() is None


@pytest.mark.parametrize(
    "more",
    [
        {"level": Trust.MEMBER},
        {"came_minutes_ago": 40},
        {"verdict": Verdict.REFUSE},
        {"is_bridged": True},
    ],
)
async def test_members_earlier_newcomers_bridges_and_the_refused_are_no_crowd(square, more):
    for number in range(2 * PEOPLE):
        square.say(number, **more)

    assert await square.find() is None


async def test_a_policy_that_can_hold_nobody_back_is_told_of_no_crowd(square):
    for number in range(2 * PEOPLE):
        square.say(number)

    assert await square.find(WITHOUT_STRICT) is None


async def test_as_many_as_usual_are_no_crowd(square):
    now_ts = square.clock.now_ts()
    await square.trust.add_learned(
        Learned(
            "a", f"@earlier{day}.{number}:example.org", LearnedTrust.once(now_ts - day * DAY_MS)
        )
        for day in range(2, 6)
        for number in range(5)
    )
    for number in range(PEOPLE + 1):
        square.say(number)

    assert await square.find() is None
    for number in range(3 * 5):
        square.say(number)
    crowd = await square.find()
    assert (crowd.people, crowd.usual) == (15, 5)


async def test_the_usual_number_is_read_once_an_hour(square):
    for number in range(PEOPLE):
        square.say(number)
    assert (await square.find()).usual == 0
    await square.trust.add_learned(
        Learned("a", f"@earlier{day}:example.org",
                LearnedTrust.once(square.clock.now_ts() - day * DAY_MS))
        for day in range(2, 6)
    )  # fmt: skip

    assert (await square.find()).usual == 0
    square.clock.advance(HOUR_MS / 1_000)
    for number in range(PEOPLE):
        square.say(number)
    assert (await square.find()).usual == 1


async def test_all_processes_count_together():
    hub, clock = Hub(), ManualClock()
    squares = [Square(clock) for _ in range(3)]
    for each in squares:
        each.crowds.share(hub.join())
    for number in range(PEOPLE):
        squares[number % 3].say(number)

    assert [(await each.find()).people for each in squares] == [PEOPLE] * 3


async def test_an_erased_person_counts_no_more(square):
    for number in range(PEOPLE):
        square.say(number)
    square.crowds.forget_person("@person3:example.org")

    assert await square.find() is None
