"""The contracts of the stores by which several processes work as one."""

import asyncio
from collections.abc import Callable
from typing import TypeAlias

from countersign.ports.errors import StoreUnavailable
from countersign.ports.stores.processes.changes import ChangeStore, Topic
from countersign.ports.stores.processes.leases import LeaseStore
from countersign.ports.stores.processes.received_events import ReceivedEvent, ReceivedEventStore

OpenChanges: TypeAlias = Callable[[], ChangeStore]
OpenLease: TypeAlias = Callable[[], LeaseStore]
OpenReceived: TypeAlias = Callable[[], ReceivedEventStore]


class ChangeStoreContract:
    """Contract tests that every `ChangeStore` must pass."""

    async def test_a_topic_that_never_changed_has_no_number(self, open_store: OpenChanges) -> None:
        assert Topic.MUTES not in await open_store().numbers()

    async def test_every_process_sees_each_change_counted(self, open_store: OpenChanges) -> None:
        one, other = open_store(), open_store()
        assert await one.note(Topic.MUTES) == 1
        assert await other.note(Topic.MUTES) == 2
        assert await one.note(Topic.ROOMS) == 1
        numbers = await other.numbers()
        assert (numbers[Topic.MUTES], numbers[Topic.ROOMS]) == (2, 1)

    async def test_changes_at_once_have_a_number_each(self, open_store: OpenChanges) -> None:
        stores = [open_store(), open_store()]
        numbers = await asyncio.gather(*(stores[n % 2].note(Topic.TRUST) for n in range(20)))
        assert sorted(numbers) == list(range(1, 21))


class LeaseStoreContract:
    """Contract tests that every `LeaseStore` must pass."""

    async def test_only_one_takes_a_lease_that_nobody_held(self, open_store: OpenLease) -> None:
        one, other = open_store(), open_store()
        assert await one.find() is None
        taken = await asyncio.gather(one.acquire("one", None), other.acquire("other", None))
        (lease,) = [each for each in taken if each is not None]
        assert await one.find() == await other.find() == lease
        assert lease.epoch == 1

    async def test_only_one_takes_over(self, open_store: OpenLease) -> None:
        one, two, three = open_store(), open_store(), open_store()
        seen = await one.acquire("one", None)
        taken = await asyncio.gather(two.acquire("two", seen), three.acquire("three", seen))
        (lease,) = [each for each in taken if each is not None]
        assert lease.epoch == 2
        assert await one.find() == lease

    async def test_a_lease_that_was_renewed_is_not_taken_over(self, open_store: OpenLease) -> None:
        one, other = open_store(), open_store()
        seen = await one.acquire("one", None)
        assert seen is not None
        renewed = await one.renew(seen)
        assert renewed is not None
        assert renewed.beat > seen.beat
        assert await other.acquire("other", seen) is None
        assert await other.find() == renewed

    async def test_a_lost_lease_can_not_be_renewed(self, open_store: OpenLease) -> None:
        one, other = open_store(), open_store()
        mine = await one.acquire("one", None)
        assert mine is not None
        theirs = await other.acquire("other", mine)
        assert await one.renew(mine) is None
        await one.release(mine)
        assert await one.find() == theirs

    async def test_a_process_that_comes_back_has_another_epoch(self, open_store: OpenLease) -> None:
        store = open_store()
        first = await store.acquire("one", None)
        assert first is not None
        second = await store.acquire("one", first)
        assert second is not None
        assert await store.renew(first) is None
        assert await store.renew(second) is not None

    async def test_a_returned_lease_has_no_holder(self, open_store: OpenLease) -> None:
        one, other = open_store(), open_store()
        lease = await one.acquire("one", None)
        assert lease is not None
        await one.release(lease)
        left = await other.find()
        assert left is not None
        assert left.holder == ""
        taken = await other.acquire("other", left)
        assert taken is not None
        assert taken.epoch == lease.epoch + 1


def make_received(number: int) -> ReceivedEvent:
    """Return an event that was pushed to us."""
    return ReceivedEvent(
        room_id="!room:one.example",
        event_id=f"$event-{number}",
        sender="@ann:one.example",
        origin="one.example",
        event={"type": "m.room.member", "content": {"displayname": "Änn \U0001f40c"}, "n": number},
    )


class ReceivedEventStoreContract:
    """Contract tests that every `ReceivedEventStore` must pass."""

    async def test_events_wait_in_their_order(self, open_store: OpenReceived) -> None:
        one, other = open_store(), open_store()
        for number in range(5):
            await (one, other)[number % 2].add(make_received(number))
        waiting = await open_store().waiting(3)
        assert [each.received for each in waiting] == [make_received(n) for n in range(3)]

    async def test_a_removed_event_waits_no_more(self, open_store: OpenReceived) -> None:
        store = open_store()
        for number in range(3):
            await store.add(make_received(number))
        first, second, _ = await store.waiting(10)
        await store.remove([first.number, second.number])
        await store.remove([first.number])
        await store.remove([])
        assert [each.received for each in await store.waiting(10)] == [make_received(2)]

    async def test_an_event_that_comes_again_waits_once(self, open_store: OpenReceived) -> None:
        one, other = open_store(), open_store()
        await one.add(make_received(1))
        await other.add(make_received(1))
        assert len(await one.waiting(10)) == 1

    async def test_too_many_are_not_taken(self, open_small_store: OpenReceived) -> None:
        store = open_small_store()
        await store.add(make_received(1))
        await store.add(make_received(2))
        try:
            await store.add(make_received(3))
        except StoreUnavailable:
            pass
        else:
            raise AssertionError("a third event was taken where two may wait")
        assert len(await store.waiting(10)) == 2
