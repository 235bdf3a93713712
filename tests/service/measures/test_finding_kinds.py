"""Tests of mutes, raid mode and the runaway guard by kinds of findings."""

import pytest

from countersign.adapters.memory.counters import MemoryCounters
from countersign.adapters.memory.moderation import MemoryModerationStore
from countersign.policy.decisions import Decision, RecordedDecision
from countersign.policy.events import Event
from countersign.policy.findings import Finding, FindingKind
from countersign.policy.harms import Harm
from countersign.policy.measures.trust import Standing
from countersign.policy.measures.trust_records import Trust
from countersign.policy.policies.filter_registry import BUILTIN_FILTERS
from countersign.policy.policies.policy_documents import parse_policy
from countersign.policy.questions.people import Silenced
from countersign.policy.questions.raids import SignsOfRaid
from countersign.ports.counters import CountedEvent, Total
from countersign.service.answers.event_context import EventContext
from countersign.service.answers.settlements import settlement_of
from countersign.service.measures.mutes import Mutes
from countersign.service.measures.raid_signs import RaidSigns
from countersign.service.measures.raids import Raids
from countersign.service.measures.runaway_guard import RunawayGuard
from countersign.service.policies.policies_in_force import Community
from countersign.testing.clocks import ManualClock

POLICY = parse_policy(
    b"""
filters:
  - {name: a, keyword: {words: [a]}}
  - {name: b, keyword: {words: [b]}}
raid: {automatic: true, joins: 4, refused_senders: 3}
guard: {trusted_people: 2}
""",
    BUILTIN_FILTERS,
)
DAY_MS = 86_400_000


@pytest.fixture
def clock():
    return ManualClock()


def refused(*findings):
    return Decision.from_findings(
        tuple(
            Finding(
                filter="keyword", step=step, harm=Harm.SPAM, reason="", says="", weight=w, kind=kind
            )
            for step, w, kind in findings
        ),
        policy_revision=POLICY.revision,
    )


def make_context(clock, number, level=Trust.NEW, *, seen=True):
    standing = Standing(
        level=level,
        because="",
        accepted_events=60 if seen else 0,
        active_days=6,
        first_seen_ts=clock.now_ts() - 20 * DAY_MS if seen else 0,
    )
    event = Event(
        type="m.room.message",
        sender=f"@u{number}:s{number}.org",
        server=f"s{number}.org",
        room_id="!room:example.org",
        state_key=None,
        content={},
        origin_server_ts=0,
        size_bytes=1,
        standing=standing,
    )
    return EventContext(
        community="default",
        policy=POLICY,
        room=None,
        event=event,
        now=clock.monotonic(),
        now_ts=clock.now_ts(),
    )


def settle(observer, clock, number, decision, level=Trust.NEW):
    context = make_context(clock, number, level)
    observer.settled(
        context,
        RecordedDecision(
            key=b"k" * 32,
            room_id=context.event.room_id,
            event_id="$e",
            event_type=context.event.type,
            sender=context.event.sender,
            asked_by="example.org",
            decided_ts=0,
            decision=decision,
        ),
    )


ALONE = [("a", None, FindingKind.RULE)]
SIGN_OF_ABUSE = [("a", None, FindingKind.EVIDENCE)]
POLITE = [("a", None, FindingKind.COURTESY)]
BOTH = [*POLITE, ("b", None, FindingKind.EVIDENCE)]


@pytest.mark.parametrize(
    ("findings", "is_muted"),
    [(ALONE, False), (SIGN_OF_ABUSE, True), (POLITE, False), (BOTH, True)],
)
def test_only_evidence_mutes(clock, findings, is_muted):
    mutes = Mutes(MemoryModerationStore(), clock)
    question, counters = Silenced("@u1:s1.org", 2, 60, 10, 10), MemoryCounters(clock)
    for number in range(5):
        context = make_context(clock, 1)
        event = CountedEvent(bytes([number]), "default", "@u1:s1.org", "!room:example.org")
        (reply,) = counters.reserve_now(event, [mutes.counts(question, context)])
        settlement = settlement_of(context, refused(*findings))
        counters.settle(event.key, settlement)
        mutes.settled(question, context, reply, settlement)

    assert bool(mutes.answer(question, make_context(clock, 1), Total())) is is_muted


@pytest.mark.parametrize(
    ("findings", "is_raid"),
    [(ALONE, False), (SIGN_OF_ABUSE, True), (POLITE, False), (BOTH, True)],
)
def test_only_evidence_begins_a_raid(clock, findings, is_raid):
    raids, counters = Raids(MemoryModerationStore(), clock), MemoryCounters(clock)
    signs = RaidSigns(raids, counters)
    for number in range(10):
        context = make_context(clock, number, seen=False)
        event = CountedEvent(
            bytes([number]), "default", context.event.sender, context.event.room_id
        )
        (reply,) = counters.reserve_now(event, [signs.counts(SignsOfRaid(), context)])
        signs.answer(SignsOfRaid(), context, reply)
        settlement = settlement_of(context, refused(*findings))
        counters.settle(event.key, settlement)
        signs.settled(SignsOfRaid(), context, reply, settlement)

    assert bool(raids.list_current()) is is_raid


def test_a_courtesy_prolongs_no_raid(clock):
    raids = Raids(MemoryModerationStore(), clock)
    report = raids.begin("default", POLICY.raid_rules, "a moderator said so")
    clock.advance(60)
    for number in range(10):
        settle(raids, clock, number, refused(*POLITE))

    (now,) = raids.list_current()
    assert now.raid.until_ts == report.raid.until_ts
    assert now.refused == {"a": 10}, "it is reported nevertheless"


@pytest.mark.parametrize(
    ("weights", "blamed"),
    [((9, 3), ["a", "b"]), ((6, 6), ["a", "b"]), ((12, 12), []), ((10, 2), ["a"])],
)
def test_the_guard_blames_only_those_without_whom_the_score_falls_below(clock, weights, blamed):
    guard = RunawayGuard(MemoryModerationStore(), clock, MemoryCounters(clock))
    guard.policies_in_force([Community("default", POLICY)])
    one, other = weights
    findings = [("a", one, FindingKind.EVIDENCE), ("b", other, FindingKind.EVIDENCE)]
    for number in range(5):
        settle(guard, clock, number, refused(*findings), Trust.TRUSTED)

    assert sorted(guard.dropped("default", POLICY.revision)) == blamed
