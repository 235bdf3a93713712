"""Raid mode begins, is prolonged, ends, and outlives a restart."""

from dataclasses import replace

import pytest

from countersign.adapters.memory.moderation import MemoryModerationStore
from countersign.adapters.sql.sqlite import SqliteDatabase
from countersign.adapters.sql.stores.moderation import SqliteModerationStore
from countersign.policy.decisions import Decision, RecordedDecision, Verdict
from countersign.policy.events import Event
from countersign.policy.measures.raid_mode import RaidRules
from countersign.policy.policies.filter_registry import BUILTIN_FILTERS
from countersign.policy.policies.policy_documents import parse_policy
from countersign.protocol.room_versions import get_room_version
from countersign.protocol.rooms.room_state import RoomState, StateEvent
from countersign.service.answers.asked import Asked
from countersign.service.measures.raids import Raids
from countersign.service.rooms.room import Room
from countersign.testing.clocks import ManualClock
from tests.databases import make_database

RULES = RaidRules(automatic=True, joins=3, per_seconds=60, lasts_minutes=30, suspects_minutes=10)
HAND = replace(RULES, automatic=False)


@pytest.fixture(params=["memory", "sqlite"])
async def store(request, tmp_path):
    if request.param == "memory":
        yield MemoryModerationStore()
        return
    make_database(tmp_path / "c.db")
    database = SqliteDatabase(tmp_path / "c.db")
    yield SqliteModerationStore(database)
    await database.close()


@pytest.fixture
def clock():
    return ManualClock()


def join(raids, *users, rules=RULES):
    for user in users:
        raids.notice_join("default", rules, user)


def recorded(event):
    return RecordedDecision(
        key=b"k" * 32,
        room_id=event.room_id,
        event_id="$e",
        event_type=event.type,
        sender=event.sender,
        asked_by=event.server,
        decided_ts=0,
        decision=Decision(verdict=Verdict.SIGN, policy_revision="r1"),
    )


def test_a_few_joins_and_one_person_again_and_again_are_no_raid(store, clock):
    raids = Raids(store, clock)

    join(raids, "@a:b", "@c:b", "@a:b", "@a:b")
    clock.advance(61)
    join(raids, "@d:b")

    assert raids.find("default", clock.now_ts()) is None


def test_a_wave_of_joins_begins_a_raid_unless_the_policy_leaves_that_to_people(store, clock):
    raids = Raids(store, clock)
    join(raids, "@a:b", "@c:b", "@d:b", rules=HAND)
    assert raids.under_way() == []

    join(raids, "@e:b")

    (report,) = raids.under_way()
    assert report.raid.because == "4 people came within 60 seconds, most of them from b"
    assert report.raid.suspect_since_ts == clock.now_ts() - 600_000
    assert raids.find("other", clock.now_ts()) is None


def test_it_ends_by_itself_and_another_wave_prolongs_it(store, clock):
    raids = Raids(store, clock)
    join(raids, "@a:b", "@c:b", "@d:b")
    clock.advance(29 * 60)
    join(raids, "@e:b", "@f:b", "@g:b")
    clock.advance(29 * 60)
    assert raids.find("default", clock.now_ts()) is not None

    clock.advance(61)

    assert raids.find("default", clock.now_ts()) is None


def test_a_moderator_begins_and_ends_it(store, clock):
    raids = Raids(store, clock)

    begun = raids.begin("default", HAND, "spam", lasts_ms=1_000)
    ended = raids.end("default")

    assert begun.raid.until_ts == clock.now_ts() + 1_000
    assert ended.ended_ts == clock.now_ts()
    assert raids.end("default") is None


async def test_a_restart_goes_on_with_it_and_not_with_those_that_ended(store, clock):
    raids = Raids(store, clock)
    raids.begin("one", HAND, "spam")
    raids.begin("two", HAND, "spam")
    raids.end("two")
    await raids.save()

    again = Raids(store, clock)
    await again.load()

    assert [report.community for report in again.under_way()] == ["one"]


@pytest.mark.parametrize(
    ("known_minutes", "claimed_minutes", "is_counted"),
    [(None, 0, True), (1, 1, True), (60, 0, False), (None, 60, False)],
)
def test_joins_of_the_past_that_a_server_reads_up_on_are_no_wave(
    store, clock, known_minutes, claimed_minutes, is_counted
):
    raids = Raids(store, clock)
    now_ts = clock.now_ts()
    rules = get_room_version("11")
    state = RoomState("!room:example.org", rules)
    policy = parse_policy(b"filters: []\nraid: {automatic: true, joins: 3}", BUILTIN_FILTERS)
    for number in range(5):
        user_id = f"@u{number}:example.org"
        content = {"membership": "join"}
        if known_minutes is not None:
            known_ts = now_ts - known_minutes * 60_000
            state.apply(
                StateEvent("m.room.member", user_id, user_id, content, "$e", 2, 0, known_ts)
            )
        event = Event(
            type="m.room.member",
            sender=user_id,
            server="example.org",
            room_id="!room:example.org",
            state_key=user_id,
            content=content,
            origin_server_ts=now_ts - claimed_minutes * 60_000,
            size_bytes=1,
        )
        room = Room(
            room_id="!room:example.org",
            rules=rules,
            state=state,
            membership="joined",
            via=(),
            joined_ts=1,
        )
        asked = Asked(
            community="default",
            policy=policy,
            room=room,
            event=event,
            now=clock.monotonic(),
            now_ts=now_ts,
        )
        raids.settled(asked, recorded(event))

    assert bool(raids.under_way()) is is_counted


def test_joins_that_are_sent_late_are_no_wave(store, clock):
    """After an outage hours of joins arrive within seconds."""
    raids = Raids(store, clock)
    for number in range(20):
        raids.notice_sent_join(
            "default", RULES, f"@{number}:b", sent_ts=clock.now_ts() - 11 * 60_000
        )
    assert raids.under_way() == []

    for number in range(3):
        raids.notice_sent_join("default", RULES, f"@new{number}:b", sent_ts=clock.now_ts())

    assert len(raids.under_way()) == 1


def against(raids, clock, server):
    return raids.find_against("default", server, clock.now_ts()) is not None


async def test_a_wave_has_only_newcomers_of_its_domains_suspected(store, clock):
    """One server's people come in numbers; who comes from elsewhere meanwhile is a newcomer."""
    rules = replace(RULES, joins=10)
    raids = Raids(store, clock)
    join(raids, "@ann:honest.org", "@ben:kind.org", rules=rules)
    join(raids, *(f"@{number}:evil.org" for number in range(8)), rules=rules)

    assert against(raids, clock, "evil.org")
    assert not against(raids, clock, "honest.org")
    await raids.save()
    again = Raids(store, clock)
    await again.load()
    assert again.under_way() == raids.under_way()
    assert not against(again, clock, "honest.org")


def test_a_wave_from_everywhere_has_all_newcomers_suspected(store, clock):
    raids = Raids(store, clock)
    join(raids, *(f"@a:server{number}.org" for number in range(3)))

    assert against(raids, clock, "honest.org")


def test_each_domain_is_suspected_for_as_long_as_its_own_waves_say(store, clock):
    raids = Raids(store, clock)
    join(raids, *(f"@{number}:evil.org" for number in range(3)))
    clock.advance(20 * 60)
    join(raids, *(f"@{number}:other.org" for number in range(3)))
    assert against(raids, clock, "evil.org")
    clock.advance(11 * 60)

    assert not against(raids, clock, "evil.org")
    assert against(raids, clock, "other.org")


def test_what_a_moderator_begins_is_against_all_newcomers_and_stays_so(store, clock):
    raids = Raids(store, clock)
    join(raids, *(f"@{number}:evil.org" for number in range(3)))
    assert not against(raids, clock, "honest.org")

    raids.begin("default", RULES, "a moderator said so")
    join(raids, *(f"@{number + 10}:evil.org" for number in range(3)))

    assert against(raids, clock, "honest.org")
