"""Tests of room alerts: the problem and the remedy."""

import pytest

from countersign.protocol.room_versions import V11
from countersign.protocol.rooms.policy_servers import room_policy_content
from countersign.protocol.rooms.room_state import RoomState, StateEvent
from countersign.service.rooms.room_alerts import AlertKind, find_alerts, unverified_note


@pytest.fixture
def alerts(identity):
    def find(*events, membership="joined", note="", **roles):
        state = RoomState("!room:example.org", V11)
        for event_type, content in events:
            event = StateEvent(event_type, "", "@alice:example.org", content, "$1", 1, 1)
            state.apply(event)
        return find_alerts(state, membership=membership, note=note, identity=identity, **roles)

    return find


@pytest.fixture
def named(identity):
    """The `m.room.policy` that names us with our key."""
    return "m.room.policy", room_policy_content(
        identity.server_name, identity.policy_key.verify_key
    )


def test_silent_about_a_room_in_order(alerts, named):
    assert alerts(named) == ()


def test_silent_about_a_room_that_we_left(alerts):
    assert alerts(membership="left", note="forgotten here") == ()


def test_silent_about_an_acl_that_lets_us_in(alerts, named):
    assert alerts(named, ("m.room.server_acl", {"allow": ["*"], "deny": ["evil.example"]})) == ()


def test_a_padded_key_is_our_key(alerts, named):
    _, content = named
    padded = {**content, "public_keys": {"ed25519": content["public_keys"]["ed25519"] + "="}}

    assert alerts(("m.room.policy", padded)) == ()


@pytest.mark.parametrize("key", ["not a key", "", "AAAA", "\u202e" * 500])
def test_a_key_that_is_none_is_not_ours(alerts, identity, key):
    content = {"via": identity.server_name, "public_keys": {"ed25519": key}}

    (alert,) = alerts(("m.room.policy", content))

    assert alert.kind is AlertKind.KEY_MISMATCH
    assert len(alert.message) < 250


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"via": "policy.example.com"},
        {"via": ["policy.example.com"], "public_keys": {"ed25519": "key"}},
        {"via": "policy.example.com", "public_keys": "key"},
    ],
)
def test_a_misshapen_policy_names_nobody(alerts, content):
    (alert,) = alerts(("m.room.policy", content))

    assert alert.kind is AlertKind.NOT_NAMED
    assert "no m.room.policy yet" in alert.message


def test_several_alerts_stand_side_by_side(alerts):
    found = alerts(("m.room.server_acl", {"allow": ["example.org"]}), note="3 events")

    assert [alert.kind for alert in found] == [
        AlertKind.NOT_NAMED,
        AlertKind.ACL_DENIED,
        AlertKind.PARTIALLY_VERIFIED,
    ]


def test_only_a_few_of_many_servers_are_named():
    servers = [f"{number}.example" for number in range(9)]

    assert unverified_note(servers, 1234) == (
        "1,234 state events were left out because the keys of 0.example, 1.example, 2.example, "
        "3.example, 4.example and 4 more are missing"
    )
    assert unverified_note([], 0) == ""


def test_a_management_room_needs_no_policy_server(alerts):
    assert alerts(is_management=True) == ()


def test_a_management_room_must_not_be_encrypted(alerts, named):
    encryption = ("m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"})

    (alert,) = alerts(encryption, is_management=True)

    assert alert.kind is AlertKind.MANAGEMENT_ENCRYPTED
    assert alerts(named, encryption) == ()
