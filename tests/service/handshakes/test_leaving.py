"""Tests of leaving: our leave event carries our own policy signature."""

import pytest

from countersign.protocol.events.pdu import parse_pdu
from countersign.protocol.rooms.policy_servers import carried_policy_signature_is_valid
from countersign.service.errors import NotFound
from countersign.service.handshakes.leaving import LeaveFailed
from countersign.service.keys.event_verification import check_signatures
from tests.service.conftest import OUR_NAME, OUR_USER, every_kind_of_version, every_version


@pytest.fixture
async def joined(world):
    await world.rooms.join(world.room.room_id, ["example.org"])
    world.federation.sent.clear()
    return world


@every_version
async def test_rooms_of_every_version_can_be_left(joined):
    await joined.rooms.leave(joined.room.room_id)

    assert joined.room.membership_of(OUR_USER) == "leave"
    assert not joined.rooms.get(joined.room.room_id).is_joined
    (stored,) = await joined.store.load()
    assert stored.membership == "left"


@every_kind_of_version
async def test_the_leave_is_signed_with_both_keys(joined):
    await joined.rooms.leave(joined.room.room_id)

    (event,) = joined.federation.sent
    pdu = parse_pdu(event, joined.room.rules)
    await check_signatures(pdu, joined.key_ring)
    assert pdu.has_intact_content
    assert pdu.content == {"membership": "leave"}
    policy_key = joined.identity.policy_key.verify_key
    assert carried_policy_signature_is_valid(pdu, OUR_NAME, policy_key)
    assert pdu.signatures[OUR_NAME].keys() == {"ed25519:paper", "ed25519:policy_server"}


async def test_the_room_is_served_until_the_leave_is_accepted(joined):
    """The resident server asks us about our own leave before it answers."""
    seen = []
    joined.federation.on_send_leave = lambda: seen.append(
        joined.rooms.get(joined.room.room_id).is_joined
    )

    await joined.rooms.leave(joined.room.room_id)

    assert seen == [True]


async def test_other_servers_of_the_room_are_asked_if_the_first_is_gone(joined):
    joined.federation.offline.add("example.org")

    await joined.rooms.leave(joined.room.room_id)

    assert joined.room.membership_of(OUR_USER) == "leave"
    assert ("make_leave", "bob.example") in joined.federation.asked


async def test_the_room_is_kept_if_no_server_accepts_the_leave(joined):
    joined.federation.offline |= {"example.org", "bob.example"}

    with pytest.raises(LeaveFailed, match=r"example\.org: it does not answer.*With --force"):
        await joined.rooms.leave(joined.room.room_id)

    assert joined.rooms.get(joined.room.room_id).is_joined


async def test_a_room_can_be_forgotten_by_force(joined):
    joined.federation.offline |= {"example.org", "bob.example"}

    room = await joined.rooms.leave(joined.room.room_id, force=True)

    assert not room.is_joined
    assert room.note == "forgotten here; no server of the room took our leave"


@pytest.mark.parametrize(
    "keys",
    [
        pytest.param({"type": "m.room.power_levels"}, id="another type"),
        pytest.param({"content": {"membership": "join"}}, id="another membership"),
        pytest.param({"room_id": "!other:example.org"}, id="another room"),
        pytest.param({"sender": "@admin:policy.example.com"}, id="another sender"),
    ],
)
async def test_a_template_of_another_event_is_not_signed(joined, keys):
    joined.federation.tamper["make_leave"] = lambda answer: {
        **answer,
        "event": {**answer["event"], **keys},
    }

    with pytest.raises(LeaveFailed, match="its answer cannot be trusted"):
        await joined.rooms.leave(joined.room.room_id)

    assert joined.federation.sent == []


async def test_leaving_twice_is_leaving_once(joined):
    await joined.rooms.leave(joined.room.room_id)
    joined.federation.asked.clear()

    await joined.rooms.leave(joined.room.room_id)

    assert joined.federation.asked == []


async def test_a_room_that_we_never_knew_cannot_be_left(world):
    with pytest.raises(NotFound, match="We are not in !nowhere"):
        await world.rooms.leave("!nowhere:example.org")


async def test_a_left_room_can_be_joined_again(joined):
    await joined.rooms.leave(joined.room.room_id)

    room = await joined.rooms.join(joined.room.room_id, [])

    assert room.is_joined
