"""Tests of floods of reports: limited, one review item for each event, no other effect."""

import pytest

from countersign.adapters.metrics import PrometheusMetrics
from countersign.policy.measures.trust_records import Trust
from countersign.policy.policies.filter_registry import BUILTIN_FILTERS
from countersign.policy.policies.policy_documents import parse_policy
from countersign.ports.stores.review.reports import MAX_REPORTERS
from countersign.service.measures.trust import TrustRecords
from countersign.service.policies.policies_in_force import Policies
from countersign.service.reporting.reporting import OF_SENDER_A_DAY, Reporting
from tests.service.chats.chatting import protect, signed

PER_DAY = 200


@pytest.fixture
async def trust(world):
    return TrustRecords(world.stores.trust, world.clock)


@pytest.fixture
async def attackers(world):
    """A hundred accounts of ten servers, all members of the protected room."""
    # Newcomers, who came after us.
    await protect(world)
    return await join(world, [f"server{number}.example" for number in range(10)], 10)


async def join(world, servers, each):
    joined = []
    for server in servers:
        peer = world.federation.add_peer(server)
        for number in range(each):
            event = world.room.join(peer, f"user{number}")
            await world.rooms.follow(world.room.pdu_of(event))
            joined.append(peer.user(f"user{number}"))
    return joined


@pytest.fixture
async def reporting(world, trust):
    return Reporting(
        world.stores.reports,
        decisions=world.stores.decisions,
        reviews=world.stores.reviews,
        server_name=world.identity.server_name,
        rooms=world.rooms,
        policies=Policies({"default": parse_policy(b"filters: []", BUILTIN_FILTERS)}),
        trust=trust,
        clock=world.clock,
        metrics=PrometheusMetrics(),
        domain_of=lambda server: server,
        per_day=PER_DAY,
    )


async def reported(world):
    return await world.stores.reports.events(communities=None, since_ts=0, limit=999)


async def test_a_hundred_accounts_that_report_one_member_make_one_item_and_do_no_more(
    world, attackers, reporting, trust
):
    victim = world.bob.user("bob")
    recorded = await signed(world, sender=victim)
    before = await trust.find("default", victim)

    for each in attackers:
        await reporting.take(each, recorded.event_id, "he is a spammer")

    (event,) = await reported(world)
    assert event.reporters == MAX_REPORTERS
    assert await world.stores.reviews.find([recorded.key]) == {}
    assert await world.stores.decisions.find(recorded.key) == recorded
    assert await world.stores.outcomes.of_decision(recorded) == []
    assert await world.stores.moderation.mutes(ending_after_ts=0, limit=9) == []
    assert await trust.find("default", victim) == before


async def test_a_flood_of_strangers_leaves_room_for_those_who_are_known(
    world, attackers, reporting
):
    events = [
        await signed(world, number, sender=f"@victim{number}:bob.example") for number in range(300)
    ]
    taken = [
        await reporting.take(each, events[3 * place].event_id, "")
        for place, each in enumerate(attackers)
    ]
    more = [
        await reporting.take(each, events[3 * place + 1].event_id, "")
        for place, each in enumerate(attackers)
    ]

    assert sum(each.key is not None for each in (*taken, *more)) == PER_DAY // 2
    assert all(each.is_full for each in more)
    alice = world.alice.user()  # she was in the room before us
    assert (await reporting.take(alice, events[2].event_id, "it is abuse")).key is not None


async def test_a_server_cannot_exceed_its_share(world, reporting):
    await protect(world)
    joined = await join(world, ["one.example", "other.example"], 60)
    events = [await signed(world, number) for number in range(OF_SENDER_A_DAY)]
    taken = {"one.example": 0, "other.example": 0}

    for place, each in enumerate(joined):
        done = await reporting.take(each, events[place % len(events)].event_id, "")
        taken[each.split(":")[1]] += done.key is not None

    assert taken == {"one.example": PER_DAY // 5, "other.example": PER_DAY // 5}


async def test_many_events_of_one_person_do_not_fill_the_queue(world, attackers, reporting):
    events = [await signed(world, number) for number in range(len(attackers))]

    for each, event in zip(attackers, events, strict=True):
        await reporting.take(each, event.event_id, "")

    assert len(await reported(world)) == OF_SENDER_A_DAY


async def test_members_and_those_above_them_are_known(world, attackers, reporting, trust):
    stranger = attackers[0]
    recorded = await signed(world)
    await trust.set_level("default", stranger, Trust.MEMBER)
    await reporting.take(stranger, recorded.event_id, "")
    await reporting.take(attackers[1], recorded.event_id, "")

    rows = await world.database.read_rows("SELECT is_known FROM reports ORDER BY number", {})

    assert [row["is_known"] for row in rows] == [1, 0]
