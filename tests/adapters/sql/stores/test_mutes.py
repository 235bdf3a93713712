"""Mutes outlive a restart, and go when they no longer matter."""

from dataclasses import replace

import pytest

from countersign.adapters.memory.moderation import MemoryModerationStore
from countersign.adapters.sql.stores.moderation import SqliteModerationStore
from countersign.policy.measures.mutes import Mute

HOUR_MS = 3_600_000
MUTE = Mute(
    community="default",
    user_id="@alice:example.org",
    rule="3 in 600 s: 60 s to 3600 s",
    started_ts=0,
    until_ts=HOUR_MS,
    times=1,
)


@pytest.fixture(params=["sqlite", "memory"])
def open_store(request, open_database):
    if request.param == "sqlite":
        return lambda: SqliteModerationStore(open_database())
    store = MemoryModerationStore()
    return lambda: store


async def test_the_last_mute_of_a_person_by_a_rule_is_kept(open_store):
    other = replace(MUTE, rule="9 in 600 s: 60 s to 3600 s", until_ts=2 * HOUR_MS)
    await open_store().save_mutes([MUTE, other], forget_ended_before_ts=0)
    again = replace(MUTE, started_ts=3 * HOUR_MS, until_ts=5 * HOUR_MS, times=2)
    await open_store().save_mutes([again], forget_ended_before_ts=0)

    assert await open_store().mutes(ending_after_ts=0, limit=10) == [other, again]


async def test_mutes_that_ended_are_neither_read_nor_kept_for_ever(open_store):
    mutes = [replace(MUTE, user_id=f"@u{n}:b", until_ts=n * HOUR_MS) for n in (1, 2, 3, 4)]
    await open_store().save_mutes(mutes, forget_ended_before_ts=2 * HOUR_MS)

    assert await open_store().mutes(ending_after_ts=0, limit=10) == mutes[1:]
    assert await open_store().mutes(ending_after_ts=2 * HOUR_MS, limit=10) == mutes[2:]
    assert await open_store().mutes(ending_after_ts=0, limit=1) == mutes[3:]
