"""Tests of the test kit's simulated homeserver, compared with what a real one makes."""

import pytest

from countersign.protocol.events.event_signatures import check_demand, signature_demands
from countersign.protocol.events.pdu import parse_pdu
from countersign.protocol.room_versions import ROOM_VERSIONS, get_room_version
from countersign.testing.events import event_id_in, make_event, make_pdu, make_room_id
from countersign.testing.peers import DAY_MS, Peer

PEER = Peer("a.example")


@pytest.mark.parametrize("version", ROOM_VERSIONS)
@pytest.mark.parametrize(
    ("event_type", "state_key"),
    [("m.room.message", None), ("m.room.create", ""), ("m.room.member", "@alice:a.example")],
)
def test_events_are_whole_and_signed_in_every_room_version(version, event_type, state_key):
    event = PEER.event(event_type, state_key=state_key, room_version=version)

    pdu = parse_pdu(event, get_room_version(version))

    assert pdu.has_intact_content
    assert pdu.event_id == event_id_in(event, version)
    for demand in signature_demands(pdu):
        check_demand(pdu, demand, PEER.verify_keys)


def test_a_create_event_of_version_12_makes_its_own_room():
    create = make_event(event_type="m.room.create", state_key="", room_version="12")
    room_id = "!" + event_id_in(create, "12")[1:]

    assert "room_id" not in create
    assert make_pdu(room_version="12", room_id=room_id).room_id == room_id
    assert make_pdu(room_version="12").room_id == make_room_id("12")


def test_the_same_call_makes_the_same_event_and_another_call_another():
    assert make_event() == make_event()
    assert Peer("a.example").key.key_id == PEER.key.key_id
    assert Peer("a.example").verify_keys == PEER.verify_keys != Peer("b.example").verify_keys
    for version in ("1", "11"):
        one, other = PEER.pdu(room_version=version), PEER.pdu(room_version=version, depth=11)
        assert one.event_id != other.event_id


def test_a_peer_can_sign_for_a_user_who_is_not_its_own():
    pdu = PEER.pdu(sender="@bob:b.example")

    assert list(pdu.signatures) == ["a.example"]


def test_publishes_its_keys():
    keys = PEER.server_keys(1000, valid_for_ms=5)

    assert keys.verify_keys == PEER.verify_keys
    assert keys.valid_until_ts == 1005
    assert PEER.server_keys(1000).valid_until_ts == 1000 + DAY_MS
