"""The contract of `ModerationStore`."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Final, TypeAlias

from countersign.basics.durations import DAY_MS
from countersign.policy.measures.allowances import Allowance
from countersign.policy.measures.mutes import Mute
from countersign.policy.measures.raid_mode import Raid, RaidReport
from countersign.policy.measures.runaway_guard import DroppedStep, StepChange
from countersign.ports.stores.moderation import ModerationStore
from countersign.ports.stores.outcomes import Outcome, OutcomeKind

OpenModeration: TypeAlias = Callable[[], ModerationStore]

HOUR_MS: Final = DAY_MS // 24
ALLOWANCE: Final = Allowance(
    community="default",
    sender="@alice:example.org",
    fingerprint="f00d",
    reference="AAAAAAAAAA",
    steps=("keyword",),
    allowed_ts=1_000,
    until_ts=HOUR_MS,
)
OUTCOME: Final = Outcome(
    key=b"k" * 32,
    reference="AAAAAAAAAA",
    kind=OutcomeKind.ALLOWED,
    actor="bob",
    happened_ts=1_000,
    steps=("keyword",),
)
RAID: Final = RaidReport(
    community="default",
    raid=Raid(
        because="30 joins in 120 seconds",
        started_ts=1_000,
        suspect_since_ts=500,
        strict_since_ts=400,
        until_ts=HOUR_MS,
        domains={"example.com": HOUR_MS},
    ),
    suspects=3,
    joins=30,
    refused={"raid": 9},
)
MUTE: Final = Mute(
    community="default",
    user_id="@alice:example.org",
    rule="3 in 600 s: 60 s to 3600 s",
    started_ts=0,
    until_ts=HOUR_MS,
    times=1,
)
DROPPED: Final = DroppedStep(
    community="default",
    step="keyword",
    policy_revision="0123456789abcdef",
    dropped_ts=1_000,
    because="10 people of 20",
)


class ModerationStoreContract:
    """Contract tests that every `ModerationStore` must pass."""

    async def test_an_empty_store_knows_nothing(self, open_store: OpenModeration) -> None:
        store = open_store()

        assert await store.allowances() == []
        assert await store.raids() == []
        assert await store.mutes(ending_after_ts=0, limit=10) == []
        assert await store.dropped() == []
        assert await store.step_changes() == []

    async def test_of_words_allowed_twice_the_later_end_holds(
        self, open_store: OpenModeration
    ) -> None:
        for until_ts in (HOUR_MS, 3 * HOUR_MS, 2 * HOUR_MS):
            await open_store().save_allowance(replace(ALLOWANCE, until_ts=until_ts), OUTCOME)

        (found,) = await open_store().allowances()
        assert found.until_ts == 3 * HOUR_MS

    async def test_of_words_allowed_at_once_the_latest_end_holds(
        self, open_store: OpenModeration
    ) -> None:
        stores = [open_store(), open_store()]
        await asyncio.gather(
            *(
                store.save_allowance(replace(ALLOWANCE, until_ts=hours * HOUR_MS), OUTCOME)
                for store in stores
                for hours in (3, 9, 1, 7)
            )
        )

        assert [each.until_ts for each in await open_store().allowances()] == [9 * HOUR_MS]

    async def test_a_withdrawn_allowance_gives_way_to_the_one_before(
        self, open_store: OpenModeration
    ) -> None:
        longer = replace(ALLOWANCE, until_ts=5 * HOUR_MS)
        await open_store().save_allowance(longer, OUTCOME)
        withdrawn = replace(OUTCOME, kind=OutcomeKind.WITHDRAWN)

        await open_store().withdraw_allowance(longer, ALLOWANCE, withdrawn)
        assert await open_store().allowances() == [ALLOWANCE]

        await open_store().withdraw_allowance(ALLOWANCE, None, withdrawn)
        assert await open_store().allowances() == []

    async def test_allowances_are_found_by_their_beginning_and_end(
        self, open_store: OpenModeration
    ) -> None:
        each_hour = [
            replace(
                ALLOWANCE,
                fingerprint=f"{hour}",
                allowed_ts=hour * HOUR_MS,
                until_ts=(hour + 2) * HOUR_MS,
            )
            for hour in range(4)
        ]
        for allowance in each_hour:
            await open_store().save_allowance(allowance, OUTCOME)

        assert await open_store().allowances() == each_hour[::-1]
        assert await open_store().allowances(since_ts=2 * HOUR_MS) == each_hour[:1:-1]
        assert await open_store().allowances(ending_after_ts=4 * HOUR_MS) == each_hour[3:]
        assert await open_store().allowances(limit=1) == each_hour[3:]

    async def test_a_raid_is_stored_in_place_of_itself(self, open_store: OpenModeration) -> None:
        ended = replace(RAID, ended_ts=HOUR_MS, suspects=9)
        later = replace(RAID, raid=replace(RAID.raid, started_ts=5 * HOUR_MS))
        for report in (RAID, later, ended):
            await open_store().save_raid(report)

        assert await open_store().raids() == [later, ended]
        assert await open_store().raids(under_way=True) == [later]
        assert await open_store().raids(limit=1) == [later]

    async def test_times_of_a_raid_are_kept_unless_it_is_prolonged_or_restored(
        self, open_store: OpenModeration
    ) -> None:
        raid = replace(RAID.raid, until_ts=2 * HOUR_MS, suspect_since_ts=300)
        raid = replace(raid, strict_until_ts=HOUR_MS, strict_since_ts=200)
        longer = replace(RAID, raid=raid)
        kept = {"is_restored": False, "is_prolonged": False}
        for report, given, expected in (
            (RAID, kept, RAID),
            (replace(longer, joins=40), kept, replace(RAID, joins=40)),
            (replace(RAID, raid=replace(RAID.raid, because="@a:b came")), kept, RAID),
            (longer, kept | {"is_prolonged": True}, longer),
            (replace(RAID, joins=50), kept | {"is_prolonged": True}, replace(longer, joins=50)),
            (replace(longer, ended_ts=HOUR_MS), kept, replace(longer, ended_ts=HOUR_MS)),
            (longer, kept | {"is_prolonged": True}, replace(longer, ended_ts=HOUR_MS)),
            (RAID, kept | {"is_restored": True}, RAID),
        ):
            await open_store().save_raid(report, **given)
            assert await open_store().raids() == [expected]

    async def test_the_last_mute_of_a_person_by_a_rule_is_kept(
        self, open_store: OpenModeration
    ) -> None:
        other = replace(MUTE, rule="9 in 600 s: 60 s to 3600 s", until_ts=2 * HOUR_MS)
        await open_store().save_mutes([MUTE, other], forget_ended_before_ts=0)
        again = replace(MUTE, started_ts=3 * HOUR_MS, until_ts=5 * HOUR_MS, times=2)
        await open_store().save_mutes([again], forget_ended_before_ts=0)

        assert await open_store().mutes(ending_after_ts=0, limit=10) == [other, again]

    async def test_mutes_that_ended_are_neither_read_nor_kept_for_ever(
        self, open_store: OpenModeration
    ) -> None:
        mutes = [replace(MUTE, user_id=f"@u{n}:b", until_ts=n * HOUR_MS) for n in (1, 2, 3, 4)]
        await open_store().save_mutes(mutes, forget_ended_before_ts=2 * HOUR_MS)

        assert await open_store().mutes(ending_after_ts=0, limit=10) == mutes[1:]
        assert await open_store().mutes(ending_after_ts=2 * HOUR_MS, limit=10) == mutes[2:]
        assert await open_store().mutes(ending_after_ts=0, limit=1) == mutes[3:]

    async def test_dropped_steps_come_by_community_and_label_until_forgotten(
        self, open_store: OpenModeration
    ) -> None:
        of_another = replace(DROPPED, community="another")
        link = replace(DROPPED, step="link")
        for step in (link, DROPPED, of_another):
            await open_store().save_dropped(step)
        assert await open_store().dropped() == [of_another, DROPPED, link]

        await open_store().forget_dropped("default", "keyword")
        await open_store().forget_dropped("default", "keyword")
        assert await open_store().dropped() == [of_another, link]

    async def test_changes_of_steps_take_the_place_of_former_ones(
        self, open_store: OpenModeration
    ) -> None:
        first = StepChange(community="default", step="keyword", fingerprint="aa", changed_ts=1)
        later, link = replace(first, fingerprint="bb", changed_ts=2), replace(first, step="link")
        await open_store().save_step_changes([first, link])
        await open_store().save_step_changes([later])
        assert await open_store().step_changes() == [later, link]

        await open_store().save_step_changes([], forget=[("default", "keyword")])
        assert await open_store().step_changes() == [link]
