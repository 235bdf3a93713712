"""Tests of the runaway guard: it drops steps that refuse known people to shadow."""

from dataclasses import replace

import pytest

from countersign.adapters.memory.counters import MemoryCounters
from countersign.adapters.memory.moderation import MemoryModerationStore
from countersign.policy.decisions import Decision, RecordedDecision
from countersign.policy.events import Event
from countersign.policy.findings import Finding
from countersign.policy.harms import Harm
from countersign.policy.measures.trust import Standing
from countersign.policy.measures.trust_records import Trust
from countersign.policy.policies.filter_registry import BUILTIN_FILTERS
from countersign.policy.policies.policy_documents import parse_policy
from countersign.service.answers.event_context import EventContext
from countersign.service.measures.runaway_guard import RunawayGuard
from countersign.service.policies.policies_in_force import Community
from countersign.testing.clocks import ManualClock

SOURCE = b"""
filters:
  - keyword: {words: [a]}
  - event-rate
  - user-id
  - policy-list: {lists: ["!list:example.org"]}
rules:
  - {name: by-name, when: 'sender.id.startsWith("@u")', refuse: "No."}
guard: {trusted_people: 2, people: 4, people_percent: 50}
"""
POLICY = parse_policy(SOURCE, BUILTIN_FILTERS)
CHANGED = parse_policy(SOURCE.replace(b"[a]", b"[a, b]"), BUILTIN_FILTERS)
ROOM = "!room:example.org"
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def allowed():
    """The steps of which a moderator allowed something."""
    return set()


@pytest.fixture
def guard(clock, allowed):
    return make_guard(MemoryModerationStore(), clock, allowed)


def make_guard(store, clock, allowed=frozenset(), policy=POLICY):
    guard = RunawayGuard(
        store,
        clock,
        MemoryCounters(clock),
        was_allowed=lambda community, step, since_ts: step in allowed,
    )
    guard.policies_in_force([Community("default", policy)])
    return guard


def settle(
    guard,
    number,
    level,
    step="keyword",
    *,
    now=0.0,
    is_refused=True,
    policy=POLICY,
    server=None,
    known_days=20,
    standing=None,
    also=(),
):
    server = server or f"s{number}.org"
    sender = f"@u{number}:{server}"
    now_ts = guard._clock.now_ts()
    standing = standing or Standing(
        level=level,
        because="",
        accepted_events=60,
        active_days=6,
        first_seen_ts=now_ts - known_days * DAY_MS,
    )
    event = Event(
        type="m.room.message",
        sender=sender,
        server=server,
        room_id=ROOM,
        state_key=None,
        content={},
        origin_server_ts=0,
        size_bytes=1,
        standing=standing,
    )
    context = EventContext(
        community="default", policy=policy, room=None, event=event, now=now, now_ts=now_ts
    )
    findings = tuple(
        Finding(filter=each, harm=Harm.SPAM, reason="", says="No.") for each in (step, *also)
    )
    decision = Decision.from_findings(
        findings if is_refused else (), policy_revision=policy.revision
    )
    guard.settled(
        context,
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


def test_repeated_refusals_of_one_trusted_person_drop_no_step(guard):
    for moment in range(50):
        settle(guard, 1, Trust.TRUSTED, now=float(moment))

    assert dropped(guard) == []


def test_several_trusted_people_drop_what_refused_them(guard):
    settle(guard, 1, Trust.TRUSTED)
    settle(guard, 2, Trust.MODERATOR)

    assert dropped(guard) == ["keyword"]
    assert guard.all()[0].because == "it refused 2 trusted people within 60 minutes"


def test_old_refusals_do_not_count(guard, clock):
    settle(guard, 1, Trust.TRUSTED)
    clock.advance(3_637)
    settle(guard, 2, Trust.TRUSTED)

    assert dropped(guard) == []


def test_members_count_by_their_share_of_those_who_write(guard):
    for number in range(10):
        settle(guard, number, Trust.MEMBER, is_refused=False)
    for number in range(4):
        settle(guard, number, Trust.MEMBER, known_days=2)
    assert dropped(guard) == []

    settle(guard, 4, Trust.MEMBER, known_days=2)

    assert dropped(guard) == ["keyword"]


def test_steps_made_for_crowds_are_not_judged_by_crowds(guard):
    for number in range(20):
        settle(guard, number, Trust.MEMBER, "event-rate", known_days=2)
    assert dropped(guard) == []

    settle(guard, 1, Trust.TRUSTED, "event-rate")
    settle(guard, 2, Trust.TRUSTED, "event-rate")

    assert dropped(guard) == ["event-rate"]


def test_another_edition_of_the_policy_starts_afresh(guard):
    settle(guard, 1, Trust.TRUSTED)
    settle(guard, 2, Trust.TRUSTED)

    assert list(guard.dropped("default", "another")) == []
    other = replace(POLICY, guard_rules=replace(POLICY.guard_rules, is_on=False))
    fresh = make_guard(MemoryModerationStore(), ManualClock(), policy=other)
    settle(fresh, 1, Trust.TRUSTED, policy=other)
    settle(fresh, 2, Trust.TRUSTED, policy=other)
    assert fresh.all() == []


async def test_a_restart_remembers_and_a_moderator_restores(guard, clock):
    settle(guard, 1, Trust.TRUSTED)
    settle(guard, 2, Trust.TRUSTED)
    await guard.save()
    again = RunawayGuard(guard._store, clock, MemoryCounters(clock))
    await again.load()
    assert dropped(again) == ["keyword"]

    assert (await again.restore("default", "keyword")).step == "keyword"

    assert dropped(again) == []
    assert await again.restore("default", "keyword") is None
    assert await guard._store.dropped() == []


async def test_a_restored_step_stays_in_force_until_it_is_changed(guard, clock):
    settle(guard, 1, Trust.TRUSTED)
    settle(guard, 2, Trust.TRUSTED)
    await guard.restore("default", "keyword")
    again = RunawayGuard(guard._store, clock, MemoryCounters(clock))
    await again.load()
    again.policies_in_force([Community("default", POLICY)])

    settle(again, 1, Trust.TRUSTED)
    settle(again, 2, Trust.TRUSTED)
    assert dropped(again) == []

    clock.advance(10)
    again.policies_in_force([Community("default", CHANGED)])
    settle(again, 1, Trust.TRUSTED, policy=CHANGED)
    settle(again, 2, Trust.TRUSTED, policy=CHANGED)

    assert list(again.dropped("default", CHANGED.revision)) == ["keyword"]


def test_many_people_of_one_domain_drop_nothing(guard):
    for number in range(100):
        settle(guard, number, Trust.TRUSTED, server="one.org")

    assert dropped(guard) == []


@pytest.mark.parametrize("step", ["user-id", "policy-list", "by-name", "trust", "content"])
def test_steps_naming_people_and_other_findings_are_never_dropped(guard, step):
    for number in range(20):
        settle(guard, number, Trust.TRUSTED, step)

    assert dropped(guard) == []


def test_whom_a_list_names_counts_against_no_other_step(guard):
    for number in range(20):
        settle(guard, number, Trust.TRUSTED, also=["policy-list"])

    assert dropped(guard) == []


def test_people_trusted_only_since_the_change_do_not_count(guard):
    for number in range(20):
        settle(guard, number, Trust.TRUSTED, known_days=13)
        settle(guard, number + 20, Trust.MEMBER, known_days=0)

    # Thirteen days are enough for a member, and too few for somebody who is trusted.
    assert guard.all()[0].because.startswith("it refused 4 of")


def test_power_in_one_room_counts_as_membership_only(guard, clock):
    powerful = Standing(
        level=Trust.MODERATOR, because="", first_seen_ts=clock.now_ts() - 20 * DAY_MS
    )
    for number in range(3):
        settle(guard, number, Trust.MODERATOR, standing=powerful)

    assert dropped(guard) == []


async def test_a_step_that_has_been_so_for_long_is_dropped_only_if_moderators_overruled_it(
    guard, clock, allowed
):
    clock.advance(73 * 3_600)
    settle(guard, 1, Trust.TRUSTED, known_days=40)
    settle(guard, 2, Trust.TRUSTED, known_days=40)
    assert dropped(guard) == []

    allowed.add("keyword")
    settle(guard, 1, Trust.TRUSTED, known_days=40)
    settle(guard, 2, Trust.TRUSTED, known_days=40)

    assert dropped(guard) == ["keyword"]


async def test_a_restart_does_not_make_a_step_new(guard, clock):
    await guard.save()
    clock.advance(73 * 3_600)
    again = RunawayGuard(guard._store, clock, MemoryCounters(clock))
    await again.load()
    again.policies_in_force([Community("default", POLICY)])

    settle(again, 1, Trust.TRUSTED, known_days=40)
    settle(again, 2, Trust.TRUSTED, known_days=40)

    assert dropped(again) == []
    again.policies_in_force([])
    await again.save()
    assert await guard._store.step_changes() == []


def test_a_frequent_writer_is_counted_a_few_times_only(guard, monkeypatch):
    counted = []
    monkeypatch.setattr(guard._counters, "note_people", lambda *what, **_: counted.append(what))

    for second in range(0, 360, 10):
        settle(guard, 1, Trust.MEMBER, is_refused=False, now=float(second))

    minutes = POLICY.guard_rules.per_minutes
    assert len(counted) == 360 // (minutes * 6)
