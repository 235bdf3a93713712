"""The runaway guard drops what refuses known people, and never what refuses strangers."""

from dataclasses import replace

import pytest

from countersign.adapters.memory.moderation import MemoryModerationStore
from countersign.policy.decisions import Decision, RecordedDecision
from countersign.policy.events import Event
from countersign.policy.findings import Finding
from countersign.policy.harms import Harm
from countersign.policy.measures.trust import Standing, Trust
from countersign.policy.policies.filter_registry import BUILTIN_FILTERS
from countersign.policy.policies.policy_documents import parse_policy
from countersign.service.answers.asked import Asked
from countersign.service.measures.runaway_guard import RunawayGuard
from countersign.testing.clocks import ManualClock

POLICY = parse_policy(
    b"filters: [{keyword: {words: [a]}}, event-rate]\n"
    b"guard: {trusted_people: 2, people: 4, people_percent: 50}",
    BUILTIN_FILTERS,
)
ROOM = "!room:example.org"


@pytest.fixture
def guard():
    return RunawayGuard(MemoryModerationStore(), ManualClock())


def settle(guard, number, level, step="keyword", *, now=0.0, is_refused=True, policy=POLICY):
    sender = f"@u{number}:example.org"
    event = Event(
        type="m.room.message",
        sender=sender,
        server="example.org",
        room_id=ROOM,
        state_key=None,
        content={},
        origin_server_ts=0,
        size_bytes=1,
        standing=Standing(level=level, because=""),
    )
    asked = Asked(
        community="default", policy=policy, room=None, event=event, now=now, now_ts=int(now)
    )
    finding = Finding(filter=step, harm=Harm.SPAM, reason="", says="No.")
    decision = Decision.on((finding,) if is_refused else (), policy_revision=policy.revision)
    guard.settled(
        asked,
        RecordedDecision(
            key=b"k" * 32,
            room_id=ROOM,
            event_id="$e",
            event_type=event.type,
            sender=sender,
            asked_by="example.org",
            decided_ts=0,
            decision=decision,
        ),
    )


def dropped(guard):
    return list(guard.dropped("default", POLICY.revision))


def test_a_flood_of_strangers_drops_nothing(guard):
    for number in range(1_000):
        settle(guard, number, Trust.NEW)

    assert dropped(guard) == []


def test_one_trusted_person_again_and_again_drops_nothing(guard):
    for moment in range(50):
        settle(guard, 1, Trust.TRUSTED, now=float(moment))

    assert dropped(guard) == []


def test_several_trusted_people_drop_what_refused_them(guard):
    settle(guard, 1, Trust.TRUSTED)
    settle(guard, 2, Trust.MODERATOR)

    assert dropped(guard) == ["keyword"]
    assert guard.all()[0].because == "it refused 2 trusted people within 60 minutes"


def test_what_lies_too_far_back_does_not_count(guard):
    settle(guard, 1, Trust.TRUSTED, now=0.0)
    settle(guard, 2, Trust.TRUSTED, now=3_601.0)

    assert dropped(guard) == []


def test_members_count_by_their_share_of_those_who_write(guard):
    for number in range(10):
        settle(guard, number, Trust.MEMBER, is_refused=False)
    for number in range(4):
        settle(guard, number, Trust.MEMBER)
    assert dropped(guard) == []

    settle(guard, 4, Trust.MEMBER)

    assert dropped(guard) == ["keyword"]


def test_what_is_made_for_crowds_is_not_judged_by_its_crowds(guard):
    for number in range(20):
        settle(guard, number, Trust.MEMBER, "event-rate")
    assert dropped(guard) == []

    settle(guard, 1, Trust.TRUSTED, "event-rate")
    settle(guard, 2, Trust.TRUSTED, "event-rate")

    assert dropped(guard) == ["event-rate"]


def test_another_edition_of_the_policy_starts_afresh(guard):
    settle(guard, 1, Trust.TRUSTED)
    settle(guard, 2, Trust.TRUSTED)

    assert list(guard.dropped("default", "another")) == []
    other = replace(POLICY, guard_rules=replace(POLICY.guard_rules, is_on=False))
    fresh = RunawayGuard(MemoryModerationStore(), ManualClock())
    settle(fresh, 1, Trust.TRUSTED, policy=other)
    settle(fresh, 2, Trust.TRUSTED, policy=other)
    assert fresh.all() == []


async def test_a_restart_remembers_and_a_moderator_restores(guard):
    settle(guard, 1, Trust.TRUSTED)
    settle(guard, 2, Trust.TRUSTED)
    await guard.save()
    again = RunawayGuard(guard._store, ManualClock())
    await again.load()
    assert dropped(again) == ["keyword"]

    assert (await again.restore("default", "keyword")).step == "keyword"

    assert dropped(again) == []
    assert await again.restore("default", "keyword") is None
    assert await guard._store.dropped() == []
