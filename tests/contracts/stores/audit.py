"""The contract of `AuditStore`."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final, TypeAlias

from countersign.ports.stores.audit import EVERY_COMMUNITY, AuditEntry, AuditStore

OpenAudit: TypeAlias = Callable[[], AuditStore]

ENTRY: Final = AuditEntry(
    ts=1,
    actor="alice",
    kind="moderator",
    face="cli",
    command="trust set",
    community="a",
    subject="@x:example.org",
    details={"before": None, "after": "trusted"},
    result=None,
)


class AuditStoreContract:
    """Contract tests that every `AuditStore` must pass."""

    async def test_an_empty_log_has_no_entries(self, open_store: OpenAudit) -> None:
        assert await open_store().latest() == []

    async def test_an_entry_comes_back_and_is_concluded_once(self, open_store: OpenAudit) -> None:
        first = await open_store().append(ENTRY)
        second = await open_store().append(replace(ENTRY, ts=2, actor="bob"))

        await open_store().conclude(first, "done", {"after": "banned"})
        await open_store().conclude(first, "failed", {})
        found = await open_store().latest()

        assert second > first
        assert [each.actor for each in found] == ["bob", "alice"]
        assert found[1] == replace(
            ENTRY, entry_id=first, result="done", details={"after": "banned"}
        )
        assert found[0].result is None

    async def test_concluding_what_is_not_there_changes_nothing(
        self, open_store: OpenAudit
    ) -> None:
        await open_store().conclude(7, "done", {})

        assert await open_store().latest() == []

    async def test_only_one_of_many_begins_to_undo_a_change(self, open_store: OpenAudit) -> None:
        entry = await open_store().append(ENTRY)
        stores = [open_store(), open_store()]

        begun = await asyncio.gather(
            *(store.begin_undo(entry, 10, 0) for store in stores for _ in range(5))
        )

        assert sum(begun) == 1

    async def test_an_undoing_that_was_broken_off_can_be_begun_again(
        self, open_store: OpenAudit
    ) -> None:
        entry = await open_store().append(ENTRY)
        await open_store().begin_undo(entry, 10, 0)

        await open_store().end_undo(entry, 10, None)
        assert await open_store().begin_undo(entry, 20, 0)
        assert not await open_store().begin_undo(entry, 30, 20)
        assert await open_store().begin_undo(entry, 30, 21)

    async def test_an_undone_change_is_never_undone_again(self, open_store: OpenAudit) -> None:
        entry, other = await open_store().append(ENTRY), await open_store().append(ENTRY)
        await open_store().begin_undo(entry, 10, 0)
        await open_store().end_undo(entry, 10, 11)

        assert not await open_store().begin_undo(entry, 999, 999)
        assert [(each.entry_id, each.undone_ts) for each in await open_store().latest()] == [
            (other, None),
            (entry, 11),
        ]

    async def test_an_undoing_that_another_took_over_ends_nothing(
        self, open_store: OpenAudit
    ) -> None:
        entry = await open_store().append(ENTRY)
        await open_store().begin_undo(entry, 10, 0)
        await open_store().begin_undo(entry, 20, 11)

        await open_store().end_undo(entry, 10, None)

        assert not await open_store().begin_undo(entry, 30, 20)

    async def test_entries_that_are_appended_at_once_have_ids_of_their_own(
        self, open_store: OpenAudit
    ) -> None:
        stores = [open_store(), open_store()]
        ids = await asyncio.gather(*(store.append(ENTRY) for store in stores for _ in range(10)))

        assert len(set(ids)) == 20
        assert [each.entry_id for each in await open_store().latest()] == sorted(ids, reverse=True)

    async def test_entries_are_found_by_community_actor_time_and_place(
        self, open_store: OpenAudit
    ) -> None:
        ids = [
            await open_store().append(replace(ENTRY, **values))
            for values in (
                {"community": "a"},
                {"community": "b", "ts": 2},
                {"community": EVERY_COMMUNITY, "ts": 3, "actor": "bob"},
                {"community": None, "ts": 4},
            )
        ]

        async def communities(**asked: Any) -> list[str | None]:
            return [each.community for each in await open_store().latest(**asked)]

        assert await communities() == [None, "*", "b", "a"]
        assert await communities(communities={"a"}) == ["*", "a"]
        assert await communities(communities=set()) == ["*"]
        assert await communities(communities={"a"}, community="b") == ["*"]
        assert await communities(community="b") == ["*", "b"]
        assert await communities(actor="bob") == ["*"]
        assert await communities(except_commands={ENTRY.command, "undo"}) == []
        assert await communities(except_commands={"undo"}, since_ts=3) == [None, "*"]
        assert await communities(since_ts=3) == [None, "*"]
        assert await communities(before_id=ids[1]) == ["a"]
        assert await communities(limit=1) == [None]

    async def test_at_most_a_thousand_entries_come_at_once(self, open_store: OpenAudit) -> None:
        store = open_store()
        await asyncio.gather(*(store.append(ENTRY) for _ in range(1_001)))

        assert len(await store.latest(limit=5_000)) == 1_000
