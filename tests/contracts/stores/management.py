"""The contract of the store of management rooms as a test suite, for any adapter.

Derive a test class and give it the fixture `open_store`, a factory whose every call opens the same
store as another process would.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final, TypeAlias

from countersign.ports.stores.own_user.management import ManagementStore, OwnMessage

OpenManagement: TypeAlias = Callable[[], ManagementStore]

ALERT: Final = OwnMessage(
    key=b"a" * 32,
    community="default",
    room_id="!room:example.org",
    event_id="$alert",
    also=("$edit",),
    references=("7F3K9-QX2MB",),
    is_alert=True,
    sent_ts=1_000,
)
ANSWER: Final = replace(
    ALERT, key=b"b" * 32, event_id="$answer", also=(), is_alert=False, sent_ts=2_000
)


class ManagementStoreContract:
    """Contract tests that every `ManagementStore` must pass."""

    async def test_an_event_is_heeded_once(self, open_store: OpenManagement) -> None:
        assert await open_store().mark_handled("$one", 1_000)
        assert not await open_store().mark_handled("$one", 2_000)
        assert await open_store().mark_handled("$two", 2_000)

        await open_store().forget_handled(2_000)

        assert await open_store().mark_handled("$one", 3_000)
        assert not await open_store().mark_handled("$two", 3_000)

    async def test_messages_outlive_a_restart(self, open_store: OpenManagement) -> None:
        for each in (ALERT, ANSWER):
            await open_store().save(each)

        assert await open_store().find_by_key(ALERT.key) == ALERT
        assert await open_store().find_by_event_id("$answer") == ANSWER
        assert await open_store().find_by_event_id("$edit") is None
        assert await open_store().find_by_key(b"c" * 32) is None

    async def test_a_message_is_changed(self, open_store: OpenManagement) -> None:
        await open_store().save(ALERT)
        longer = replace(ALERT, also=("$edit", "$another"), references=(), refusals=12)
        await open_store().save(longer)

        assert await open_store().find_by_key(ALERT.key) == longer

    async def test_alerts_and_old_messages_are_found(self, open_store: OpenManagement) -> None:
        store = open_store()
        for each in (ANSWER, ALERT):
            await store.save(each)

        assert await store.alerts_since(1_000) == [ALERT]
        assert await store.alerts_since(1_001) == []
        assert await store.older_than(2_001, 10) == [ALERT, ANSWER]
        assert await store.older_than(2_001, 1) == [ALERT]
        assert await store.older_than(1_000, 10) == []

        await store.forget(ALERT.key)

        assert await open_store().older_than(2_001, 10) == [ANSWER]

    async def test_an_alias_stands_for_the_room_that_is_pinned(
        self, open_store: OpenManagement
    ) -> None:
        assert await open_store().room_of("#mods:example.org") is None

        await open_store().pin_room("#mods:example.org", "!one:example.org")
        await open_store().pin_room("#mods:example.org", "!two:example.org")

        assert await open_store().room_of("#mods:example.org") == "!two:example.org"

    async def test_descriptions_of_commands_are_known_by_room(
        self, open_store: OpenManagement
    ) -> None:
        await open_store().note_described("!one:example.org", b"1")
        await open_store().note_described("!one:example.org", b"2")

        assert await open_store().described("!one:example.org") == b"2"
        assert await open_store().described("!two:example.org") is None
