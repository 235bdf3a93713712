"""Raid mode begins, is prolonged, ends, and outlives a restart."""

from dataclasses import replace

import pytest

from countersign.adapters.memory.moderation import MemoryModerationStore
from countersign.adapters.sql.moderation import SqliteModerationStore
from countersign.adapters.sql.sqlite import SqliteDatabase, prepare_database
from countersign.policy.raids import RaidRules
from countersign.service.raids import Raids
from countersign.testing.clocks import ManualClock

RULES = RaidRules(automatic=True, joins=3, per_seconds=60, lasts_minutes=30, suspects_minutes=10)
HAND = replace(RULES, automatic=False)


@pytest.fixture(params=["memory", "sqlite"])
async def store(request, tmp_path):
    if request.param == "memory":
        yield MemoryModerationStore()
        return
    prepare_database(tmp_path / "c.db")
    database = SqliteDatabase(tmp_path / "c.db")
    yield SqliteModerationStore(database)
    await database.close()


@pytest.fixture
def clock():
    return ManualClock()


def join(raids, *users, rules=RULES):
    for user in users:
        raids.notice_join("default", rules, user)


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
    assert report.raid.because == "4 people came within 60 seconds"
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
