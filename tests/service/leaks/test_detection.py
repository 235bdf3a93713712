"""Tests of leak detection: which events are leaks; after a failure none is handed over."""

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import ClassVar

import pytest

from countersign.adapters.sql.stores.decisions import SqlDecisionStore
from countersign.adapters.sql.stores.leaks import SqlLeakStore
from countersign.policy.filter import Filter
from countersign.policy.harms import Harm
from countersign.policy.policies.filter_registry import BUILTIN_FILTERS, make_registry
from countersign.ports.errors import StoreUnavailable
from countersign.ports.stores.leaks import Channel
from countersign.protocol.rooms.policy_servers import room_policy_content
from countersign.service.errors import RateLimited
from countersign.service.leaks import detection as leaks_module
from countersign.service.leaks import leak_rations
from countersign.testing.records import REFUSE, SIGN, make_recorded
from tests.service.conftest import OUR_NAME
from tests.service.watching import make_leaks

SPAM = b'filters: [{keyword: {words: ["spam"]}}]'
WARNING = b'filters: [{keyword: {words: ["spam"]}, mode: warn}]'
AT_MOST_TWO = b"filters: [{event-rate: {max_events: 2, per_seconds: 60}}]"


class FailingFilter(Filter):
    """Fails on every event."""

    name: ClassVar[str] = "breaking"
    harm: ClassVar[Harm] = Harm.NONE
    says: ClassVar[str] = ""

    def judge(self, event, facts):
        raise ZeroDivisionError


REGISTRY = make_registry([*BUILTIN_FILTERS.values(), FailingFilter])


class FailingAtFirst:
    """A store that fails so many times first."""

    def __init__(self, store, failures):
        self._store = store
        self.failures = failures

    async def record(self, *args, **kwargs):
        if self.failures:
            self.failures -= 1
            raise StoreUnavailable
        return await self._store.record(*args, **kwargs)


@asynccontextmanager
async def running(leaks):
    task = asyncio.create_task(leaks.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@pytest.fixture
async def room(world):
    """Our room, which names us."""
    key = world.identity.policy_key.verify_key
    world.room.add(world.alice, "m.room.policy", room_policy_content(OUR_NAME, key))
    return await world.rooms.join(world.room.room_id, ["example.org"])


@pytest.fixture
def store(world):
    return SqlLeakStore(world.database)


@pytest.fixture
def decisions(world):
    return SqlDecisionStore(world.database)


def message(world, body, **fields):
    return world.room.pdu(
        world.bob, "m.room.message", {"body": body}, state_key=None,
        sender=world.bob.user("bob"), **fields,
    )  # fmt: skip


def refused(pdu):
    return make_recorded(1, REFUSE, event_id=pdu.event_id, room_id=pdu.room_id, sender=pdu.sender)


async def look(leaks):
    """Let everything that was taken note of be looked at."""
    async with running(leaks), leaks._clock.passing():
        # It waits for more once it has looked at the last one.
        while leaks._queue or leaks._something.is_set():  # noqa: ASYNC110 - nothing else tells
            await asyncio.sleep(0.01)


def arrive(leaks, room, *pdus, by="bob.example"):
    for pdu in pdus:
        leaks.arrived(pdu, room, by, is_judgeable=leaks.is_judgeable(pdu, room))


async def test_a_permitted_event_is_no_leak_and_leaves_no_decision(world, room, store, decisions):
    leaks = make_leaks(world, document=SPAM)
    arrive(leaks, room, message(world, "hello"))

    await look(leaks)

    assert await store.latest() == []
    assert await decisions.count() == 0


async def test_an_event_of_an_erased_person_is_not_looked_at_any_more(world, room, store):
    leaks = make_leaks(world, document=SPAM)
    of_alice = world.room.pdu(
        world.alice, "m.room.message", {"body": "spam"}, state_key=None,
        sender=world.alice.user("alice"),
    )  # fmt: skip
    arrive(leaks, room, message(world, "spam"), of_alice, by="alice.example")

    leaks.forget_person(world.bob.user("bob"))
    assert leaks._queued_bytes == of_alice.size_bytes
    await look(leaks)

    assert [report.leak.sender for report in await store.latest()] == [of_alice.sender]


async def test_passing_judgement_unasked_does_not_sign_an_event(world, room, decisions):
    """Rates count for nothing where nobody asked, so what passes here may yet be refused."""
    leaks = make_leaks(world, document=AT_MOST_TWO)
    events = [message(world, f"hello {number}") for number in range(5)]
    arrive(leaks, room, *events)

    await look(leaks)

    assert [await decisions.find(event.digest) for event in events] == [None] * 5


async def test_a_backlog_is_no_flood(world, room, store):
    leaks = make_leaks(world, document=AT_MOST_TWO)
    arrive(leaks, room, *(message(world, f"hello {number}") for number in range(20)))

    await look(leaks)

    assert await store.latest() == []


async def test_a_warning_is_for_those_who_ask(world, room, store):
    leaks = make_leaks(world, document=WARNING)
    arrive(leaks, room, message(world, "spam"))

    await look(leaks)

    assert await store.latest() == []


async def test_a_broken_filter_hands_over_nothing(world, room, store, decisions):
    leaks = make_leaks(world, document=b"filters: [{breaking: {}}]", registry=REGISTRY)
    arrive(leaks, room, message(world, "spam"))

    await look(leaks)

    assert await store.latest() == []
    assert await decisions.count() == 0
    assert leaks.totals.troubled == 1


async def test_a_store_that_does_not_answer_hands_over_nothing(world, room, store):
    class UnreadableStore(SqlDecisionStore):
        async def find(self, key):
            raise StoreUnavailable

    leaks = make_leaks(world, document=SPAM, decisions=UnreadableStore(world.database))
    arrive(leaks, room, message(world, "spam"))

    await look(leaks)

    assert await store.latest() == []
    assert leaks.totals.troubled == 1


async def test_events_of_unauthorised_senders_are_no_leaks(world, room, store):
    leaks = make_leaks(world, document=SPAM)
    stranger = world.room.pdu(
        world.bob, "m.room.message", {"body": "spam"}, state_key=None,
        sender=world.bob.user("nobody"),
    )  # fmt: skip
    arrive(leaks, room, stranger)

    await look(leaks)

    assert await store.latest() == []


async def test_own_events_and_exits_are_not_judged(world, room):
    leaks = make_leaks(world, document=SPAM)
    ours = world.federation.add_peer(OUR_NAME)
    own = world.room.pdu(ours, "m.room.message", {"body": "spam"}, state_key=None)
    bob = world.bob.user("bob")
    left = {"membership": "leave", "reason": "spam"}
    leave = world.room.pdu(world.bob, "m.room.member", left, sender=bob, state_key=bob)
    chosen = world.room.pdu(world.alice, "m.room.policy", {"via": "spam"})

    assert [leaks.is_judgeable(pdu, room) for pdu in (own, leave, chosen)] == [False] * 3
    assert leaks.is_judgeable(message(world, "hello"), room)


async def test_spam_that_arrives_is_a_leak_and_is_refused_from_then_on(
    world, room, store, decisions
):
    recorded = []
    leaks = make_leaks(world, document=SPAM, recipients=["@bot:example.org"])
    leaks._on_recorded = lambda: recorded.append(1)
    spam = message(world, "spam")
    for server in ("bob.example", "example.org", "bob.example"):
        arrive(leaks, room, spam, by=server)

    await look(leaks)

    (report,) = await store.latest()
    assert (report.leak.event_id, report.leak.channel) == (spam.event_id, Channel.SEND)
    assert (report.leak.brought_by, report.leak.is_secondhand) == ("bob.example", False)
    assert [each.recipient for each in report.outbox] == ["@bot:example.org"]
    assert (await decisions.find(spam.digest)).decision.verdict.value == "refuse"
    assert recorded == [1]
    assert leaks.totals.recorded == 1


async def test_a_refusal_that_stands_makes_a_leak_of_any_copy(world, room, store, decisions):
    leaks = make_leaks(world)
    spam = message(world, "whatever")
    await decisions.record(
        make_recorded(1, REFUSE, event_id=spam.event_id, room_id=spam.room_id, sender=spam.sender)
    )
    key = make_recorded(1).key
    assert await decisions.find(key) is not None
    leaks.answered(spam, room, "example.org", refused(spam))

    await look(leaks)

    (report,) = await store.latest()
    assert (report.leak.channel, report.leak.is_secondhand) == (Channel.SIGN, True)


async def test_requests_by_the_senders_server_or_strangers_show_no_leak(world, room, store):
    leaks = make_leaks(world)
    spam = message(world, "spam")
    leaks.answered(spam, room, "bob.example", refused(spam))
    leaks.answered(spam, room, "outside.example", refused(spam))
    leaks.answered(spam, room, "example.org", make_recorded(2, SIGN))
    leaks.answered(spam, room, "example.org", None)

    await look(leaks)

    assert await store.latest() == []


async def test_others_may_ask_about_a_member_before_it_is_one(world, room, store):
    leaks = make_leaks(world)
    carol = world.bob.user("carol")
    join = world.room.pdu(
        world.bob, "m.room.member", {"membership": "join"}, sender=carol, state_key=carol
    )
    leaks.answered(join, room, "example.org", refused(join))

    await look(leaks)

    assert await store.latest() == []


async def test_a_room_that_lists_no_key_of_ours_has_no_leaks(world, room, store):
    leaks = make_leaks(world, document=SPAM)
    other = world.room.pdu(world.alice, "m.room.policy", {"via": OUR_NAME, "public_keys": {}})
    await world.rooms.follow(other)
    arrive(leaks, room, message(world, "spam"))

    await look(leaks)

    assert await store.latest() == []


async def test_a_leak_that_could_not_be_recorded_is_recorded_later(world, room, store):
    leaks = make_leaks(world, document=SPAM, store=FailingAtFirst(store, 2))
    arrive(leaks, room, message(world, "spam"))

    await look(leaks)

    assert len(await store.latest()) == 1


async def test_an_unrecorded_leak_is_noticed_when_it_is_seen_again(world, room, store):
    moody = FailingAtFirst(store, 3)
    leaks = make_leaks(world, document=SPAM, store=moody)
    spam = message(world, "spam")
    arrive(leaks, room, spam)
    await look(leaks)
    assert leaks.totals.troubled == 1

    arrive(leaks, room, spam)
    await look(leaks)

    assert len(await store.latest()) == 1


async def test_a_room_is_not_drowned_in_redactions(world, room, store, monkeypatch):
    monkeypatch.setattr(leak_rations, "MAX_AN_HOUR", 6)
    leaks = make_leaks(world, document=SPAM)
    arrive(leaks, room, *(message(world, f"spam {number}") for number in range(10)))
    await look(leaks)
    assert len(await store.latest()) == 3
    assert leaks.totals.beyond_ration == 7

    # One server's leaks leave others' theirs.
    arrive(leaks, room, world.room.pdu(
        world.alice, "m.room.message", {"body": "spam"}, state_key=None,
        sender=world.alice.user("alice"),
    ))  # fmt: skip
    await look(leaks)
    assert len(await store.latest()) == 4

    world.clock.advance(3_600)
    arrive(leaks, room, message(world, "spam once more"))
    await look(leaks)
    assert len(await store.latest()) == 5


@pytest.mark.parametrize("bound", ["MAX_QUEUED", "MAX_QUEUED_BYTES"])
async def test_the_queue_of_events_is_bounded(world, room, monkeypatch, bound):
    one = message(world, "spam 0")
    monkeypatch.setattr(leaks_module, bound, 5 if bound == "MAX_QUEUED" else 5 * one.size_bytes)
    leaks = make_leaks(world, document=SPAM)
    arrive(leaks, room, *(message(world, f"spam {number}") for number in range(8)))

    assert leaks.totals.dropped == 3


async def test_the_bank_hears_of_what_is_out(world, room):
    leaks = make_leaks(world, ceiling=1)
    pdu, other = message(world, "one"), message(world, "two")
    decision = make_recorded(1, SIGN)
    leaks.check_unseen(pdu, room, "bob.example")
    leaks.decided(pdu, room, "bob.example", decision)
    with pytest.raises(RateLimited):
        leaks.check_unseen(other, room, "bob.example")
    leaks.check_unseen(other, room, "example.org")

    leaks.answered(pdu, room, "bob.example", decision)
    with pytest.raises(RateLimited):
        leaks.check_unseen(other, room, "bob.example")
    leaks.answered(pdu, room, "example.org", decision)
    leaks.check_unseen(other, room, "bob.example")

    leaks.decided(other, room, "bob.example", decision)
    arrive(leaks, room, other)
    leaks.check_unseen(pdu, room, "bob.example")
