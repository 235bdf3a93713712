"""Tests of redactions by our user: where it has the power, once, and valid for every homeserver."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from countersign.adapters.sql.stores.decisions import SqlDecisionStore
from countersign.adapters.sql.stores.leaks import SqlLeakStore
from countersign.adapters.sql.stores.own_user.own_events import SqlOwnEventStore
from countersign.basics.backoff import Backoff
from countersign.policy.decisions import Verdict
from countersign.protocol.events.pdu import parse_pdu
from countersign.protocol.rooms.policy_servers import (
    carried_policy_signature_is_valid,
    room_policy_content,
)
from countersign.service.background import BackgroundTasks, Work
from countersign.service.keys.event_verification import check_signatures
from countersign.service.leaks.outbox import GIVE_UP_AFTER_MS, Outbox
from countersign.service.leaks.own_redactions import OwnRedactions
from countersign.service.processes.leadership import Leadership
from countersign.service.rooms.forward_extremities import MAX_DEPTH_AHEAD
from countersign.testing.records import make_leak
from tests.service.conftest import OUR_NAME, OUR_USER, every_kind_of_version
from tests.service.own_events.sending import SOON, make_own_events
from tests.waiting import until

REFUSES_ALL = b'filters: [{keyword: {words: ["policy server"]}}]'


def give_power(world, power=50, **levels):
    users = {OUR_USER: power}
    if not world.room.rules.privileged_creators:
        users[world.alice.user()] = 100
    return world.room.add(world.alice, "m.room.power_levels", {"users": users, **levels})


async def come_in(world):
    key = world.identity.policy_key.verify_key
    world.room.add(world.alice, "m.room.policy", room_policy_content(OUR_NAME, key))
    return await world.rooms.join(world.room.room_id, ["example.org"])


@pytest.fixture
async def room(world):
    """Our room, which names us and lets us redact."""
    give_power(world)
    return await come_in(world)


@pytest.fixture
def leaks(world):
    return SqlLeakStore(world.database)


@pytest.fixture
def redactions(world):
    return SqlOwnEventStore(world.database)


def make_spam(world):
    spam = world.room.event(
        world.bob, "m.room.message", {"body": "spam"}, state_key=None, sender=world.bob.user("bob")
    )
    world.room.accept(spam)
    return world.room.pdu_of(spam)


async def leak(world, leaks, *spam, number=1):
    """Record leaks of these events, or of one made for it; return the event's ID."""
    pdus = spam or (make_spam(world),)
    for position, pdu in enumerate(pdus):
        found = make_leak(number + position, room_id=pdu.room_id, noticed_ts=world.clock.now_ts())
        await leaks.record(replace(found, event_id=pdu.event_id), [OUR_USER], max_waiting=100)
    return pdus[0].event_id


@asynccontextmanager
async def redacting(world, *, policy=b"filters: []", backoff=SOON):
    """Run what redacts and sends, as one start of the program would."""
    own_events, delivery = make_own_events(world, policy=policy, backoff=backoff)
    outbox = Outbox(
        [OwnRedactions(world.identity, own_events)],
        store=SqlLeakStore(world.database),
        clock=world.clock,
        backoff=backoff,
    )
    background = BackgroundTasks()
    outbox.start(Leadership("alone", None, world.clock, background))
    background.keep_running(Work.REDACTIONS, delivery.run)
    try:
        async with asyncio.timeout(60):
            yield delivery
    finally:
        await background.aclose()


async def until_settled(leaks):
    while (await leaks.counts(0)).waiting:  # noqa: ASYNC110 - nothing else tells
        await asyncio.sleep(0.01)


def told(world):
    return {server for server, _, _ in world.federation.transactions}


def sent(world):
    """Return every redaction that was sent, each once."""
    found = [pdu for _, _, each in world.federation.transactions for pdu in each["pdus"]]
    return [pdu for number, pdu in enumerate(found) if pdu not in found[:number]]


async def outcomes(leaks):
    return [
        (each.state.value, each.outcome)
        for report in await leaks.latest()
        for each in report.outbox
    ]


async def has_failed(leaks):
    """Return whether a reason stands beside what waits to be sent."""
    ((_, reason),) = await outcomes(leaks)
    return bool(reason)


async def redact_one(world, leaks):
    target = await leak(world, leaks)
    async with redacting(world):
        await until_settled(leaks)
        await until(lambda: told(world) == {"example.org", "bob.example"})
    (event,) = sent(world)
    return target, parse_pdu(event, world.room.rules)


async def test_nothing_is_redacted_where_nothing_leaked(world, room, leaks):
    async with redacting(world):
        await asyncio.sleep(0.1)

    assert world.federation.transactions == []


@every_kind_of_version
async def test_a_leak_is_redacted_as_its_room_version_demands(world, room, leaks):
    target, pdu = await redact_one(world, leaks)

    rules = world.room.rules
    assert (pdu.type, pdu.sender, pdu.room_id) == ("m.room.redaction", OUR_USER, room.room_id)
    assert not pdu.is_state
    at_top, inside = pdu.json.get("redacts"), pdu.content.get("redacts")
    assert (at_top, inside) == ((None, target) if rules.redacts_in_content else (target, None))
    assert pdu.prev_events == (target,)
    assert pdu.depth == world.room.depth + 1
    standing = [("m.room.power_levels", ""), ("m.room.member", OUR_USER)]
    if not rules.room_id_is_create_hash:
        standing.append(("m.room.create", ""))
    expected = {world.room.pdu_of(world.room.state[key]).event_id for key in standing}
    assert set(pdu.auth_events) == expected


@every_kind_of_version
async def test_our_redaction_carries_both_keys_signatures(world, room, leaks):
    _, pdu = await redact_one(world, leaks)

    await check_signatures(pdu, world.key_ring)
    assert pdu.has_intact_content
    policy_key = world.identity.policy_key.verify_key
    assert carried_policy_signature_is_valid(pdu, OUR_NAME, policy_key)


async def test_our_redaction_is_already_decided_when_servers_ask(world, room, leaks):
    _, pdu = await redact_one(world, leaks)

    stands = await SqlDecisionStore(world.database).find(pdu.digest)
    assert stands.decision.verdict is Verdict.SIGN


async def test_no_policy_refuses_our_redaction(world, room, leaks):
    await leak(world, leaks)
    async with redacting(world, policy=REFUSES_ALL):
        await until_settled(leaks)
        await until(lambda: sent(world))

    assert [state for state, _ in await outcomes(leaks)] == ["done"]


@pytest.mark.parametrize(
    "levels",
    [
        {"power": 49},
        {"power": 50, "redact": 51},
        {"power": 60, "events": {"m.room.redaction": 61}},
        {"power": 60, "events_default": 61},
    ],
)
async def test_without_the_power_nothing_is_sent_and_the_list_says_why(world, leaks, levels):
    give_power(world, **levels)
    await come_in(world)
    await leak(world, leaks)
    async with redacting(world):
        await until_settled(leaks)

    ((state, outcome),) = await outcomes(leaks)
    assert state == "given-up"
    assert "no power to redact" in outcome
    assert world.federation.transactions == []


async def test_a_room_that_names_us_no_more_gets_no_redaction_of_ours(world, room, leaks):
    await leak(world, leaks)
    other = world.room.add(world.alice, "m.room.policy", {})
    await world.rooms.follow(world.room.pdu_of(other))
    async with redacting(world):
        await until_settled(leaks)

    assert await outcomes(leaks) == [("given-up", "the room names this policy server no more")]
    assert world.federation.transactions == []


@pytest.mark.parametrize(
    "field", ["type", "room_id", "sender", "state_key", "prev_events", "depth"]
)
async def test_a_template_of_something_else_has_nothing_signed(world, room, leaks, field):
    wrong = {
        "type": "m.room.message",
        "room_id": "!other:example.org",
        "sender": "@alice:example.org",
        "state_key": "@alice:example.org",
        "prev_events": ["$" + "a" * 43] * 21,
        "depth": "7",
    }

    def tamper(answer):
        return {**answer, "event": {**answer["event"], field: wrong[field]}}

    world.federation.tamper["make_leave"] = tamper
    await leak(world, leaks)
    async with redacting(world, backoff=Backoff(first=60.0, longest=60.0)):
        await until(lambda: has_failed(leaks))

    ((state, outcome),) = await outcomes(leaks)
    assert state == "waiting"
    assert "cannot be trusted" in outcome
    assert world.federation.transactions == []


async def test_nothing_but_its_place_is_taken_from_a_template(world, room, leaks):
    def tamper(answer):
        more = {"redacts": "$" + "b" * 43, "auth_events": ["$" + "c" * 43], "origin": "evil"}
        return {**answer, "event": {**answer["event"], **more}}

    world.federation.tamper["make_leave"] = tamper
    target, pdu = await redact_one(world, leaks)

    assert pdu.content["redacts"] == target
    assert "$" + "c" * 43 not in pdu.auth_events
    assert pdu.json.keys().isdisjoint({"redacts", "origin"})


async def test_a_lying_server_does_not_choose_the_forward_extremities(world, room, leaks):
    third = world.federation.add_peer("third.example")
    joined = world.room.join(third, "carol")
    await world.rooms.follow(world.room.pdu_of(joined))
    lies = iter(range(100))

    def tamper(answer):
        if next(lies) != 0:
            return answer
        lie = {"prev_events": ["$" + "d" * 43], "depth": 2**53 - 1}
        return {**answer, "event": {**answer["event"], **lie}}

    world.federation.tamper["make_leave"] = tamper
    target = await leak(world, leaks)
    async with redacting(world):
        await until(lambda: sent(world))

    (event,) = sent(world)
    assert event["prev_events"] == [target]
    assert event["depth"] == world.room.depth + 1


async def test_nobody_draws_the_room_to_a_great_depth_under_our_name(world, room, leaks):
    def tamper(answer):
        return {**answer, "event": {**answer["event"], "depth": 2**53 - 1}}

    world.federation.tamper["make_leave"] = tamper
    _, pdu = await redact_one(world, leaks)

    assert pdu.depth <= world.room.depth + MAX_DEPTH_AHEAD


async def test_a_server_that_is_away_hears_of_it_later_and_holds_up_nobody(world, room, leaks):
    await leak(world, leaks)
    world.federation.offline.add("bob.example")
    async with redacting(world, backoff=Backoff(first=0.0, longest=0.0)):
        await until(lambda: told(world) == {"example.org"})
        world.federation.offline.clear()
        await until(lambda: told(world) == {"example.org", "bob.example"})

    assert len(sent(world)) == 1
    assert len(world.federation.transactions) == 2


async def test_a_restart_makes_no_second_redaction_and_goes_on_sending(world, room, leaks):
    await leak(world, leaks)
    world.federation.offline.add("bob.example")
    async with redacting(world, backoff=Backoff(first=60.0, longest=60.0)):
        await until(lambda: told(world) == {"example.org"})
        await until_settled(leaks)
        while not await SqlOwnEventStore(world.database).sent():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    world.federation.offline.clear()

    async with redacting(world):
        await until(lambda: told(world) == {"example.org", "bob.example"})
        await asyncio.sleep(0.1)

    assert len(sent(world)) == 1
    assert len(world.federation.transactions) == 2


async def test_a_crash_before_it_was_noted_makes_no_second_redaction(world, room, leaks):
    spam = make_spam(world)
    await leak(world, leaks, spam)
    async with redacting(world):
        await until(lambda: told(world) == {"example.org", "bob.example"})
        await until_settled(leaks)
    await world.database.write(
        lambda driver: driver.execute("UPDATE hand_overs SET state='waiting'")
    )

    async with redacting(world):
        await until_settled(leaks)
        await asyncio.sleep(0.1)

    assert len(sent(world)) == 1
    assert len(world.federation.transactions) == 2


async def test_a_server_that_the_acl_shuts_out_is_told_nothing(world, room, leaks):
    acl = world.room.add(
        world.alice, "m.room.server_acl", {"allow": ["*"], "deny": ["bob.example"]}
    )
    await world.rooms.follow(world.room.pdu_of(acl))
    target = await leak(world, leaks)
    async with redacting(world) as delivery:
        await until(lambda: sent(world))
        await asyncio.sleep(0.1)
        made = world.room.pdu_of(sent(world)[0]).event_id
        assert (await delivery.find_for(made, "example.org")).event_id == made
        assert await delivery.find_for(made, "bob.example") is None
        assert await delivery.find_for(made, "stranger.example") is None
        assert await delivery.find_for(target, "example.org") is None

    assert told(world) == {"example.org"}
    assert ("make_leave", "bob.example") not in world.federation.asked


async def test_a_redaction_is_not_delivered_after_a_day(world, room, leaks):
    await leak(world, leaks)
    world.federation.offline.add("bob.example")
    async with redacting(world, backoff=Backoff(first=60.0, longest=60.0)):
        await until(lambda: told(world) == {"example.org"})
        await until_settled(leaks)
    world.federation.offline.clear()
    world.clock.advance(GIVE_UP_AFTER_MS / 1_000 + 1)

    async with redacting(world):
        await asyncio.sleep(0.2)

    assert told(world) == {"example.org"}
