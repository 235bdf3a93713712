"""The contract of `AppealStore`."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Final, TypeAlias

from countersign.ports.stores.review.appeals import (
    MAX_NOTES,
    Appeal,
    AppealAdded,
    AppealLimits,
    AppealNote,
    AppealState,
    AppealStore,
)

OpenAppeals: TypeAlias = Callable[[], AppealStore]

APPEAL: Final = Appeal(
    key=b"\x01" * 32,
    reference="7F3K9-QX2MB",
    community="lounge",
    room_id="!room:example.org",
    sender="@alice:example.org",
    text="It was a quote \N{SMILING FACE WITH OPEN MOUTH}\nof a song.",
    language="de",
    made_ts=1_000,
    due_ts=8_000,
)
YEARS_MS: Final = 10 * 365 * 86_400_000
LIMITS: Final = AppealLimits(since_ts=0, per_day=100, open_of_sender=100)
NOTE: Final = AppealNote(ts=2_000, actor="bob", text="Ask Carol: “she knows”.")


def appeal(number: int, **changes: object) -> Appeal:
    """Return an appeal against another decision."""
    return replace(APPEAL, key=bytes([number]) * 32, **changes)  # type: ignore[arg-type]


class AppealStoreContract:
    """Contract tests that every `AppealStore` must pass."""

    async def test_an_empty_store_has_none(self, open_store: OpenAppeals) -> None:
        assert await open_store().find(APPEAL.key) is None
        assert await open_store().listed() == []
        assert not await open_store().add_note(APPEAL.key, NOTE)
        assert not await open_store().decide(
            APPEAL.key, AppealState.UPHELD, decided_ts=1, decided_by="bob"
        )

    async def test_an_appeal_comes_back_as_it_was(self, open_store: OpenAppeals) -> None:
        assert await open_store().add(APPEAL, LIMITS) is AppealAdded.ADDED

        assert await open_store().find(APPEAL.key) == APPEAL
        assert await open_store().listed() == [APPEAL]

    async def test_of_appeals_against_one_decision_the_first_stands(
        self, open_store: OpenAppeals
    ) -> None:
        stores = [open_store() for _ in range(5)]
        texts = [replace(APPEAL, text=str(number)) for number in range(5)]
        added = await asyncio.gather(
            *(store.add(each, LIMITS) for store, each in zip(stores, texts, strict=True))
        )

        assert sorted(each.value for each in added) == ["added"] + ["known"] * 4
        assert await open_store().find(APPEAL.key) == texts[added.index(AppealAdded.ADDED)]

    async def test_a_community_takes_so_many_a_day(self, open_store: OpenAppeals) -> None:
        store = open_store()
        limits = replace(LIMITS, since_ts=1_000, per_day=2)
        await store.add(appeal(2, made_ts=999), LIMITS)
        await store.add(appeal(3, community="other"), LIMITS)
        await store.add(appeal(7, made_ts=APPEAL.made_ts + YEARS_MS), LIMITS)  # by a fast clock

        added = [await store.add(appeal(number), limits) for number in (4, 5, 6)]

        assert added == [AppealAdded.ADDED, AppealAdded.ADDED, AppealAdded.FULL]

    async def test_a_sender_has_so_many_that_are_not_answered(
        self, open_store: OpenAppeals
    ) -> None:
        store = open_store()
        limits = replace(LIMITS, open_of_sender=1)
        assert await store.add(appeal(2), limits) is AppealAdded.ADDED
        assert await store.add(appeal(3), limits) is AppealAdded.FULL
        assert await store.add(appeal(4, sender="@b:c"), limits) is AppealAdded.ADDED

        await store.decide(appeal(2).key, AppealState.UPHELD, decided_ts=1, decided_by="bob")
        assert await store.add(appeal(3), limits) is AppealAdded.ADDED

    async def test_the_open_come_first_by_when_they_are_due(self, open_store: OpenAppeals) -> None:
        store = open_store()
        for number, due_ts in ((2, 9_000), (3, 7_000), (4, 8_000), (5, 6_000)):
            await store.add(appeal(number, due_ts=due_ts, made_ts=number), LIMITS)
        for number in (2, 5):
            await store.decide(
                appeal(number).key, AppealState.CLOSED, decided_ts=1, decided_by="bob"
            )

        assert [each.key[0] for each in await store.listed()] == [3, 4, 5, 2]
        assert [each.key[0] for each in await store.listed(state=AppealState.OPEN)] == [3, 4]
        assert [each.key[0] for each in await store.listed(limit=1)] == [3]

    async def test_those_of_some_communities_are_listed(self, open_store: OpenAppeals) -> None:
        store = open_store()
        await store.add(APPEAL, LIMITS)
        await store.add(appeal(2, community="other"), LIMITS)

        assert await store.listed(communities=["lounge", "unknown"]) == [APPEAL]
        assert await store.listed(communities=[]) == []

    async def test_those_in_some_rooms_are_listed_whatever_came_before(
        self, open_store: OpenAppeals
    ) -> None:
        store = open_store()
        theirs = appeal(2, room_id="!theirs:example.org", due_ts=APPEAL.due_ts + 1)
        for each in (APPEAL, theirs, appeal(3, community="other", due_ts=9_999_999)):
            await store.add(each, LIMITS)

        found = await store.listed(communities=[], rooms=[theirs.room_id], limit=1)
        assert found == [theirs]
        both = await store.listed(communities=["other"], rooms=[theirs.room_id])
        assert [each.key[0] for each in both] == [2, 3]

    async def test_an_answer_is_given_once(self, open_store: OpenAppeals) -> None:
        await open_store().add(APPEAL, LIMITS)

        decided = [
            await open_store().decide(
                APPEAL.key, state, decided_ts=5_000, decided_by="carol", allowed_until_ts=9_000
            )
            for state in (AppealState.GRANTED, AppealState.UPHELD)
        ]

        assert decided == [True, False]
        assert await open_store().find(APPEAL.key) == replace(
            APPEAL,
            state=AppealState.GRANTED,
            decided_ts=5_000,
            decided_by="carol",
            allowed_until_ts=9_000,
        )

    async def test_notes_keep_their_order_and_are_bounded(self, open_store: OpenAppeals) -> None:
        store = open_store()
        await store.add(APPEAL, LIMITS)
        notes = [replace(NOTE, ts=number) for number in range(MAX_NOTES + 1)]

        added = [await store.add_note(APPEAL.key, note) for note in notes]

        found = await open_store().find(APPEAL.key)
        assert added == [True] * MAX_NOTES + [False]
        assert found is not None
        assert found.notes == tuple(notes[:-1])
