"""Tests of events received by any process and followed by the leader, over one database."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from countersign.ports.errors import StoreUnavailable
from countersign.ports.stores.processes.changes import Topic
from countersign.service.background import BackgroundTasks, Work
from countersign.service.processes.change_feed import ChangeFeed
from countersign.service.processes.leadership import Leadership
from countersign.service.rooms.received_events import ReceivedEvents
from countersign.service.rooms.room_changes import RoomChanges
from countersign.service.signing import transactions
from countersign.service.signing.transactions import LOOK_SECONDS, Transactions
from tests.service.watching import make_leaks
from tests.waiting import until


class Process:
    """A process beside another one; it leads if it is told to."""

    def __init__(self, world):
        self.world = world
        self.background = BackgroundTasks()
        self.rooms = world.restarted()
        self.heard = []
        self.feed = ChangeFeed(world.stores.changes, is_shared=True)
        self.leadership = Leadership(
            "process", world.stores.lease, world.clock, self.background, may_lead=False
        )
        self.received = ReceivedEvents(
            self.rooms,
            world.stores.received_events,
            self.leadership,
            on_followed=[self.heard.append],
            catch_up=self.feed.catch_up,
        )
        self.transactions = Transactions(
            rooms=self.rooms,
            key_ring=world.key_ring,
            leaks=make_leaks(world),
            received=self.received,
            catch_up=self.feed.catch_up_spaced,
        )

    async def start(self):
        await self.feed.begin()
        changes = RoomChanges(self.rooms, self.world.store)
        self.feed.listen(Topic.ROOMS, changes.apply)
        self.feed.listen(Topic.ROOMS_FORGOTTEN, changes.forget_gone)
        self.feed.listen(Topic.JOINS, self.rooms.take_joins)
        await self.rooms.load()

    async def receive(self, *events, txn_id="1"):
        body = {"origin": "example.org", "origin_server_ts": 1, "pdus": list(events)}
        return (await self.transactions.receive("example.org", txn_id, body))["pdus"]

    @asynccontextmanager
    async def leading(self):
        task = self.background.keep_running(Work.RECEIVED_EVENTS, self.received.run)
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def membership(self, user_id):
        room = self.rooms.get(self.world.room.room_id)
        return room.state.membership_of(user_id)


@pytest.fixture
async def processes(world):
    await world.rooms.join(world.room.room_id, ["example.org"])
    both = [Process(world), Process(world)]
    for each in both:
        await each.start()
    yield both
    for each in both:
        await each.background.aclose()


def join_of(world, name):
    user_id = f"@{name}:bob.example"
    return user_id, world.room.event(
        world.bob, "m.room.member", {"membership": "join"}, state_key=user_id, sender=user_id
    )


async def until_none_waits(world):
    async with asyncio.timeout(60):
        while await waiting(world):  # noqa: ASYNC110 - of the store, which sets no event
            await asyncio.sleep(0.02)


async def waiting(world):
    return await world.stores.received_events.waiting(100)


async def test_the_leader_follows_what_another_process_received(world, processes):
    leader, other = processes
    user_id, event = join_of(world, "new")
    assert list((await other.receive(event)).values()) == [{}]
    assert leader.membership(user_id) != "join"
    async with leader.leading():
        await until(lambda: leader.heard)
        assert [pdu.state_key for pdu in leader.heard] == [user_id]
        assert leader.membership(user_id) == "join"
        await until_none_waits(world)

    assert other.membership(user_id) != "join"
    await other.feed.poll()
    assert other.membership(user_id) == "join"
    stored = world.restarted()
    await stored.load()
    assert stored.get(world.room.room_id).state.membership_of(user_id) == "join"


async def test_waiting_events_are_followed_by_the_next_leader(world, processes):
    one, other = processes
    users = []
    for number in range(5):
        user_id, event = join_of(world, f"n{number}")
        users.append(user_id)
        await other.receive(event, txn_id=str(number))
    assert len(await waiting(world)) == 5
    async with one.leading():
        pass  # it stops before it did anything, or in the middle
    async with other.leading():
        await until(lambda: all(other.membership(each) == "join" for each in users))
        await until_none_waits(world)
    await one.feed.poll()
    assert all(one.membership(each) == "join" for each in users)


async def test_an_event_that_was_applied_and_not_removed_is_applied_again_without_harm(
    world, processes, monkeypatch
):
    leader, other = processes
    user_id, event = join_of(world, "new")
    await other.receive(event)
    store = leader.received._store
    remove = store.remove

    async def fail_once(numbers):
        monkeypatch.setattr(store, "remove", remove)
        raise StoreUnavailable("Not now.")

    monkeypatch.setattr(store, "remove", fail_once)
    async with leader.leading():
        await until(lambda: leader.membership(user_id) == "join" and len(leader.heard) == 2)
        await until_none_waits(world)


async def test_a_forgery_is_not_stored(world, processes):
    _, other = processes
    _, event = join_of(world, "new")
    answer = await other.receive({**event, "signatures": {}})
    assert all("error" in each for each in answer.values())
    assert await waiting(world) == []


async def test_messages_need_no_leader(world, processes):
    _, other = processes
    event = world.room.event(world.bob, "m.room.message", {"body": "hi"}, state_key=None)
    assert list((await other.receive(event)).values()) == [{}]
    assert await waiting(world) == []


async def test_if_events_cannot_be_stored_the_transaction_is_not_answered(
    world, processes, monkeypatch
):
    _, other = processes

    async def fail(_):
        raise StoreUnavailable("The disk is full.")

    monkeypatch.setattr(other.received._store, "add", fail)
    _, event = join_of(world, "new")
    with pytest.raises(StoreUnavailable):
        await other.receive(event)


async def test_a_room_that_another_process_joins_and_leaves(world):
    one = Process(world)
    await one.start()
    assert one.rooms.get(world.room.room_id) is None
    await world.rooms.join(world.room.room_id, ["example.org"])
    await one.feed.poll()
    assert one.rooms.get(world.room.room_id).is_joined
    known, joined = (each.get(world.room.room_id).state for each in (one.rooms, world.rooms))
    assert sorted(event.event_id for event in known.events()) == sorted(
        event.event_id for event in joined.events()
    )

    await world.store.set_membership(world.room.room_id, "kicked", "by @mod:example.org")
    await one.feed.poll()
    room = one.rooms.get(world.room.room_id)
    assert (room.membership, room.note) == ("kicked", "by @mod:example.org")

    world.clock.advance(60)
    await world.rooms.join(world.room.room_id, ["example.org"], force=True)
    await one.feed.poll()
    again = one.rooms.get(world.room.room_id)
    assert again.is_joined
    assert room.is_replaced
    await one.background.aclose()


async def test_a_room_that_another_process_is_joining_is_no_strange_one(world, monkeypatch):
    """Its servers may know us as joined already: «not protected» would be final for them."""
    room_id = world.room.room_id
    one = Process(world)
    await one.start()
    is_verified, may_end, save = asyncio.Event(), asyncio.Event(), world.store.save

    async def wait_and_save(*args):
        is_verified.set()
        await may_end.wait()
        await save(*args)

    monkeypatch.setattr(world.store, "save", wait_and_save)
    joining = asyncio.create_task(world.rooms.join(room_id, ["example.org"]))
    await is_verified.wait()
    assert world.room.membership_of(world.rooms.our_user_id) == "join"
    await one.feed.poll()
    assert one.rooms.get(room_id) is None
    assert one.rooms.is_joining(room_id)

    late = Process(world)
    await late.start()
    assert late.rooms.is_joining(room_id)

    may_end.set()
    await joining
    for each in (one, late):
        await each.feed.poll()
        assert each.rooms.get(room_id).is_joined
        assert not each.rooms.is_joining(room_id)
        await each.background.aclose()


@pytest.fixture
def slow_join(world, monkeypatch):
    """Returns a join whose room is verified, and not stored until an event is set."""
    save = world.store.save

    async def begin():
        is_verified, may_end = asyncio.Event(), asyncio.Event()

        async def wait_and_save(*args):
            is_verified.set()
            await may_end.wait()
            await save(*args)

        monkeypatch.setattr(world.store, "save", wait_and_save)
        joining = asyncio.create_task(world.rooms.join(world.room.room_id, ["example.org"]))
        await is_verified.wait()
        return joining, may_end

    return begin


async def test_a_state_event_of_a_room_that_another_process_is_joining_is_followed(
    world, started, slow_join
):
    leader, other = started
    joining, may_end = await slow_join()
    user_id, event = join_of(world, "new")
    messages = [event, {**event, "room_id": "!other:bob.example"}]
    receiving = asyncio.create_task(other.receive(*messages))
    await asyncio.sleep(2.5 * LOOK_SECONDS)
    assert not receiving.done()

    may_end.set()
    await joining
    results = list((await receiving).values())
    async with leader.leading():
        await until_none_waits(world)

    assert results[0] == {}
    assert "not in the room" in results[1]["error"]
    assert leader.membership(user_id) == "join"


async def test_a_join_that_does_not_end_is_waited_for_a_little_once_for_a_transaction(
    world, started, slow_join, monkeypatch
):
    _, other = started
    monkeypatch.setattr(transactions, "JOIN_WAITED_FOR_SECONDS", 2 * LOOK_SECONDS)
    joining, may_end = await slow_join()
    looked = other.feed._looks

    results = await other.receive(*(join_of(world, f"new{n}")[1] for n in range(20)))

    assert all("not in the room" in each["error"] for each in results.values())
    assert 1 < other.feed._looks - looked <= 4
    may_end.set()
    await joining


async def test_a_join_that_fails_elsewhere_is_not_waited_for(world):
    one = Process(world)
    await one.start()
    await world.store.begin_join("!other:example.org", ["example.org"])
    await one.feed.poll()
    assert one.rooms.is_joining("!other:example.org")

    await world.store.end_join("!other:example.org")
    await one.feed.poll()
    assert not one.rooms.is_joining("!other:example.org")
    await one.background.aclose()


async def test_a_room_that_another_process_left_and_forgot_is_forgotten(world, processes):
    one, other = processes
    room_id = world.room.room_id
    known = other.rooms.get(room_id)
    assert known.is_joined
    await one.rooms.leave(room_id, force=True)
    await world.store.forget_left(room_id)
    await one.rooms.forget_room(room_id)
    # It never hears that the room was left: no row is there to say it.
    await other.feed.poll()
    assert other.rooms.get(room_id) is None
    assert known.is_replaced
    assert room_id not in {room.room_id for room in other.rooms.all()}


async def test_a_room_that_is_joined_while_another_is_forgotten_stays(world, processes):
    one = processes[0]
    room_id = world.room.room_id
    await one.rooms.leave(room_id, force=True)
    await world.store.forget_left(room_id)
    await one.rooms.forget_room(room_id)
    await one.rooms.join(room_id, ["example.org"])
    for each in processes:
        await each.feed.poll()
        assert each.rooms.get(room_id).is_joined


@pytest.fixture
async def started(world):
    """Two processes that started before our user joined the room."""
    both = [Process(world), Process(world)]
    for each in both:
        await each.start()
    yield both
    for each in both:
        await each.background.aclose()


async def test_a_room_that_another_process_joined_a_moment_ago_is_known(world, started):
    _, other = started
    await world.rooms.join(world.room.room_id, ["example.org"])
    user_id, event = join_of(world, "new")

    assert list((await other.receive(event)).values()) == [{}]
    assert [each.received.sender for each in await waiting(world)] == [user_id]


async def test_the_leader_follows_a_room_that_another_process_joined_a_moment_ago(world, started):
    leader, other = started
    await other.rooms.join(world.room.room_id, ["example.org"])
    user_id, event = join_of(world, "new")
    assert list((await other.receive(event)).values()) == [{}]

    async with leader.leading():
        await until_none_waits(world)

    assert [pdu.state_key for pdu in leader.heard] == [user_id]
    assert leader.membership(user_id) == "join"


async def test_events_of_unknown_rooms_cause_one_look_for_each_transaction(world, started):
    _, other = started
    others_room = [
        {**join_of(world, f"new{n}")[1], "room_id": "!other:bob.example"} for n in range(9)
    ]
    looked = other.feed._looks

    results = await other.receive(*others_room)

    assert all("not in the room" in each["error"] for each in results.values())
    assert other.feed._looks == looked + 1
