"""Tests of the outbox: each recipient gets each leak once, in order, despite failures."""

import asyncio
from contextlib import asynccontextmanager, nullcontext

import pytest

from countersign.adapters.sql.sqlite import SqliteDatabase
from countersign.adapters.sql.stores.leaks import SqlLeakStore
from countersign.basics.backoff import Backoff
from countersign.ports.errors import PeerUnavailable, StoreUnavailable
from countersign.ports.stores.leaks import OutboxState
from countersign.protocol.keys.signatures import signature_verifies
from countersign.protocol.rooms.policy_servers import COMMAND_TYPE
from countersign.service.background import BackgroundTasks
from countersign.service.leaks.moderation_bots import ModerationBot, RedactCommands
from countersign.service.leaks.outbox import (
    GIVE_UP_AFTER_MS,
    DeliveryFailed,
    DeliveryPointless,
    Outbox,
)
from countersign.service.processes.leadership import Leadership
from countersign.testing.clocks import ManualClock
from countersign.testing.records import DECIDED_TS, make_leak
from tests.databases import make_database
from tests.service.conftest import OUR_NAME, OUR_USER
from tests.waiting import PATIENCE_SECONDS

BOT, HOOK = "@bot:example.org", "https://example.org/leaks"


class FakeRecipient:
    """A recipient that notes what it is told; `errors` come first."""

    def __init__(self, name, *, most_at_once=2):
        self.name = name
        self.most_at_once = most_at_once
        self.errors = []
        self.told = []

    async def deliver(self, leaks):
        if self.errors:
            raise self.errors.pop(0)
        self.told.append([leak.event_id for leak in leaks])
        return "taken"


@pytest.fixture
async def store(tmp_path):
    make_database(tmp_path / "leaks.db")
    database = SqliteDatabase(tmp_path / "leaks.db")
    yield SqlLeakStore(database)
    await database.close()


@pytest.fixture
def clock():
    return ManualClock(DECIDED_TS)


AT_ONCE = Backoff(first=0, longest=0)


@asynccontextmanager
async def running(store, clock, *recipients, backoff=AT_ONCE, passing=True):
    outbox = Outbox(recipients, store=store, clock=clock, backoff=backoff)
    background = BackgroundTasks()
    outbox.start(Leadership("alone", None, clock, background))
    try:
        async with asyncio.timeout(PATIENCE_SECONDS), clock.passing() if passing else nullcontext():
            yield outbox
    finally:
        await background.aclose()


async def record(store, *numbers, recipients=(BOT,)):
    leaks = [make_leak(number) for number in numbers]
    for leak in leaks:
        await store.record(leak, recipients, max_waiting=100)
    return [leak.event_id for leak in leaks]


async def settle(store, waiting=0):
    while (await store.counts(0)).waiting != waiting:  # noqa: ASYNC110 - nothing else tells
        await asyncio.sleep(0.01)


async def states(store):
    return [
        (each.state.value, each.attempts, each.outcome)
        for report in await store.latest()
        for each in report.outbox
    ]


async def test_nobody_is_told_of_nothing(store, clock):
    bot = FakeRecipient(BOT)
    async with running(store, clock, bot) as outbox:
        outbox.wake()
        await asyncio.sleep(0.1)

    assert bot.told == []


async def test_entries_from_before_a_restart_are_handed_over_in_order(store, clock):
    bot = FakeRecipient(BOT)
    ids = await record(store, 1, 2, 3)

    async with running(store, clock, bot):
        await settle(store)

    assert bot.told == [ids[:2], ids[2:]]
    assert await states(store) == [("done", 1, "taken")] * 3
    async with running(store, clock, bot):
        await asyncio.sleep(0.1)
    assert len(bot.told) == 2


async def test_later_leaks_are_handed_over_when_they_come(store, clock):
    bot = FakeRecipient(BOT)
    async with running(store, clock, bot) as outbox:
        await asyncio.sleep(0.05)
        (event_id,) = await record(store, 1)
        outbox.wake()
        await settle(store)

    assert bot.told == [[event_id]]


async def test_a_recipient_that_is_away_is_tried_again_and_holds_up_nobody(store, clock):
    bot, hook = FakeRecipient(BOT), FakeRecipient(HOOK)
    bot.errors = [DeliveryFailed("away"), PeerUnavailable("away")]
    (event_id,) = await record(store, 1, recipients=(BOT, HOOK))

    backoff = Backoff(first=0.2, longest=0.2)
    async with running(store, clock, bot, hook, backoff=backoff, passing=False):
        await settle(store, waiting=1)
        assert (bot.told, hook.told) == ([], [[event_id]])
        async with clock.passing():
            await settle(store)

    assert bot.told == [[event_id]]
    assert hook.told == [[event_id]]
    assert await states(store) == [("done", 3, "taken"), ("done", 1, "taken")]


async def test_a_room_in_trouble_holds_up_no_other(store, clock):
    bot = FakeRecipient(BOT, most_at_once=1)
    stuck = make_leak(1, room_id="!stuck:example.org")
    bot.errors = [DeliveryFailed("nobody there answers", room_id=stuck.room_id)]
    await store.record(stuck, (BOT,), max_waiting=100)
    (other,) = await record(store, 2)

    async with running(store, clock, bot, backoff=Backoff(first=60.0, longest=60.0)) as outbox:
        await settle(store, waiting=1)
        assert bot.told == [[other]]
        assert await states(store) == [
            ("done", 1, "taken"),
            ("waiting", 1, "nobody there answers"),
        ]
        clock.advance(61)
        outbox.wake()
        await settle(store)

    assert bot.told == [[other], [stuck.event_id]]


async def test_a_pointless_delivery_is_given_up_at_once(store, clock):
    bot = FakeRecipient(BOT)
    bot.errors = [DeliveryPointless("no power there")]
    await record(store, 1)

    async with running(store, clock, bot):
        await settle(store)

    assert await states(store) == [("given-up", 1, "no power there")]


async def test_a_delivery_is_given_up_after_a_day(store, clock):
    bot = FakeRecipient(BOT)
    await record(store, 1)
    clock.advance(GIVE_UP_AFTER_MS / 1_000 + 1)

    async with running(store, clock, bot):
        await settle(store)

    assert bot.told == []
    assert [state for state, _, _ in await states(store)] == [OutboxState.GIVEN_UP.value]


async def test_entries_for_a_former_recipient_are_given_up(store, clock):
    await record(store, 1, recipients=(BOT, HOOK))
    hook = FakeRecipient(HOOK)

    async with running(store, clock, hook):
        await settle(store)

    assert [state for state, _, _ in await states(store)] == ["given-up", "done"]


async def test_trouble_of_the_store_is_waited_out(store, clock):
    class FailingAtFirst:
        failures = 2

        def __getattr__(self, name):
            return getattr(store, name)

        async def waiting(self, recipient, limit, *, except_rooms):
            if self.failures:
                self.failures -= 1
                raise StoreUnavailable
            return await store.waiting(recipient, limit, except_rooms=except_rooms)

    bot = FakeRecipient(BOT)
    ids = await record(store, 1)
    async with running(FailingAtFirst(), clock, bot):
        await settle(store)

    assert bot.told == [ids]


class Federation:
    def __init__(self):
        self.sent = []
        self.is_away = False

    async def send_transaction(self, server, txn_id, transaction):
        if self.is_away:
            raise PeerUnavailable("away")
        self.sent.append((server, txn_id, transaction))


class NoRooms:
    def get(self, room_id):
        return None


@pytest.fixture
def federation():
    return Federation()


@pytest.fixture
def bot(identity, federation, clock):
    commands = RedactCommands(identity, NoRooms())
    return ModerationBot(
        BOT, identity=identity, commands=commands, federation=federation, clock=clock
    )


async def test_a_bot_gets_a_signed_command_for_each_leak(bot, federation, identity):
    leaks = [make_leak(1), make_leak(2)]
    await bot.deliver(leaks)

    ((server, _, transaction),) = federation.sent
    assert server == "example.org"
    assert (transaction["origin"], transaction["pdus"]) == (OUR_NAME, [])
    for leak, edu in zip(leaks, transaction["edus"], strict=True):
        assert edu["edu_type"] == "m.direct_to_device"
        content = edu["content"]
        assert (content["sender"], content["type"]) == (OUR_USER, COMMAND_TYPE)
        command = content["messages"][BOT]["*"]
        assert (command["command"], command["event_id"]) == ("redact", leak.event_id)
        assert signature_verifies(command, OUR_NAME, identity.policy_key.verify_key)


async def test_told_again_a_bot_knows_it_as_the_same(bot, federation):
    for _ in range(2):
        await bot.deliver([make_leak(1)])
    await bot.deliver([make_leak(2)])

    (one, again, other) = federation.sent
    assert again[:2] == one[:2]
    assert other[1] != one[1]
    ids = [sent[2]["edus"][0]["content"]["message_id"] for sent in federation.sent]
    assert ids[0] == ids[1] != ids[2]


async def test_a_bots_server_that_is_away_is_worth_another_try(bot, federation):
    federation.is_away = True

    with pytest.raises(DeliveryFailed):
        await bot.deliver([make_leak(1)])
