"""Tests of our user's messages: sent to a room's servers once, with all signatures needed."""

import pytest

from countersign.protocol.events.pdu import parse_pdu
from countersign.protocol.rooms.policy_servers import (
    carried_policy_signature_is_valid,
    room_policy_content,
)
from countersign.service.keys.event_verification import check_signatures
from countersign.service.own_events.building import Draft
from countersign.service.own_events.sending import CannotSend
from tests.service.conftest import OUR_NAME, OUR_USER, every_kind_of_version
from tests.service.own_events.sending import sending, sent
from tests.waiting import until

HELLO = Draft(key=b"h" * 32, type="m.room.message", content={"msgtype": "m.notice", "body": "hi"})


async def come_in(world, *, is_protected=False, **levels):
    users = {} if world.room.rules.privileged_creators else {world.alice.user(): 100}
    world.room.add(world.alice, "m.room.power_levels", {"users": users, **levels})
    if is_protected:
        key = world.identity.policy_key.verify_key
        world.room.add(world.alice, "m.room.policy", room_policy_content(OUR_NAME, key))
    return await world.rooms.join(world.room.room_id, ["example.org"])


async def send_hello(world, **options):
    async with sending(world, **options) as own_events:
        event_id = await own_events.send(world.room.room_id, HELLO)
        await until(lambda: sent(world) and sent(world)[0][0] == {"example.org", "bob.example"})
    ((_, event),) = sent(world)
    return event_id, parse_pdu(event, world.room.rules)


@every_kind_of_version
async def test_a_message_reaches_every_server_of_the_room(world):
    await come_in(world)

    event_id, pdu = await send_hello(world)

    assert pdu.event_id == event_id
    assert (pdu.type, pdu.sender, pdu.content) == ("m.room.message", OUR_USER, HELLO.content)
    assert not pdu.is_state
    await check_signatures(pdu, world.key_ring)
    assert "ed25519:policy_server" not in pdu.signatures[OUR_NAME]


async def test_a_room_that_names_us_has_both_signatures_whatever_its_policy_says(world):
    await come_in(world, is_protected=True)

    _, pdu = await send_hello(world, policy=b"filters: [{keyword: {words: [hi]}}]")

    policy_key = world.identity.policy_key.verify_key
    assert carried_policy_signature_is_valid(pdu, OUR_NAME, policy_key)


async def test_a_retried_message_is_the_same_event(world):
    await come_in(world)
    first, _ = await send_hello(world)

    again, _ = await send_hello(world)

    assert again == first
    assert len({txn_id for _, txn_id, _ in world.federation.transactions}) == 1


@pytest.mark.parametrize(
    ("levels", "state_key"), [({"events_default": 1}, None), ({"state_default": 50}, "")]
)
async def test_without_the_power_nothing_is_made(world, levels, state_key):
    await come_in(world, **levels)
    draft = Draft(key=b"x" * 32, type="org.example.x", content={}, state_key=state_key)

    async with sending(world) as own_events:
        with pytest.raises(CannotSend, match=r"no power to send org\.example\.x"):
            await own_events.send(world.room.room_id, draft)

    assert world.federation.transactions == []
    assert await world.stores.own_events.find_by_key(draft.key) is None


async def test_nothing_is_sent_to_a_room_that_we_are_not_in(world):
    async with sending(world) as own_events:
        with pytest.raises(CannotSend, match="not in the room"):
            await own_events.send(world.room.room_id, HELLO)
