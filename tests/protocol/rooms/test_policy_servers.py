"""Tests of `m.room.policy`: what a Policy Server publishes, signs, and is exempt from."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countersign.protocol.canonical_json import encode_canonical
from countersign.protocol.errors import EventMalformed
from countersign.protocol.events.pdu import MAX_EVENT_BYTES, event_size_bytes, parse_pdu
from countersign.protocol.keys.signatures import signature_verifies
from countersign.protocol.keys.signing_keys import PolicySigningKey
from countersign.protocol.room_versions import ROOM_VERSIONS, get_room_version
from countersign.protocol.rooms.policy_servers import (
    POLICY_KEY_ID,
    RoomPolicy,
    SigningFault,
    carried_policy_signature_is_valid,
    check_size_with_signature,
    is_exempt,
    parse_room_policy,
    parse_unstable_room_policy,
    policy_signature,
    redact_command,
    room_policy_content,
    size_with_signature_bytes,
    unstable_well_known_body,
    well_known_body,
)
from countersign.testing.peers import Peer

PEER = Peer("a.example")
US = "policy.example"
KEY = PolicySigningKey(bytes(range(32)))
PUBLIC = KEY.verify_key.to_base64()


class TestRoomPolicy:
    def test_reads_what_it_advises_rooms_to_say(self):
        content = room_policy_content(US, KEY.verify_key)
        policy = parse_room_policy(content)

        assert content == {"via": US, "public_keys": {"ed25519": PUBLIC}}
        assert policy == RoomPolicy(US, KEY.verify_key.raw, PUBLIC)
        assert policy.names(US, KEY.verify_key)

    def test_knows_another_server_and_another_key(self):
        policy = parse_room_policy(room_policy_content(US, PEER.key.verify_key))

        assert not policy.names(US, KEY.verify_key)
        assert not policy.names("other.example", PEER.key.verify_key)

    @pytest.mark.parametrize("raw_key", ["", "junk!", "AAAA", "A" * 43, "ü"])
    def test_a_key_that_is_none_still_switches_the_policy_server_on(self, raw_key):
        policy = parse_room_policy({"via": US, "public_keys": {"ed25519": raw_key}})

        assert policy == RoomPolicy(US, None, raw_key)
        assert not policy.names(US, KEY.verify_key)

    @pytest.mark.parametrize(
        "content",
        [
            {},
            {"via": US},
            {"public_keys": {"ed25519": PUBLIC}},
            {"via": 7, "public_keys": {"ed25519": PUBLIC}},
            {"via": US, "public_keys": {}},
            {"via": US, "public_keys": {"ed25519": None}},
            {"via": US, "public_keys": PUBLIC},
            {"via": US, "public_key": PUBLIC},
        ],
    )
    def test_anything_less_switches_it_off(self, content):
        assert parse_room_policy(content) is None

    def test_the_unstable_event_may_have_a_lone_key(self):
        content = {"via": US, "public_key": PUBLIC}

        assert parse_unstable_room_policy(content) == RoomPolicy(US, KEY.verify_key.raw, PUBLIC)
        assert parse_unstable_room_policy(room_policy_content(US, KEY.verify_key)) is not None
        assert parse_unstable_room_policy({"via": US}) is None

    @given(
        st.dictionaries(
            st.sampled_from(["via", "public_keys", "public_key"]),
            st.none()
            | st.text(max_size=3)
            | st.dictionaries(st.just("ed25519"), st.text() | st.integers()),
        )
    )
    def test_any_content_is_read(self, content):
        parse_room_policy(content)
        parse_unstable_room_policy(content)


def test_publishes_the_key_in_well_known():
    assert well_known_body(KEY.verify_key) == {"public_keys": {"ed25519": PUBLIC}}
    assert unstable_well_known_body(KEY.verify_key)["public_key"] == PUBLIC


class TestIsExempt:
    @pytest.mark.parametrize("event_type", ["m.room.policy", "org.matrix.msc4284.policy"])
    def test_the_rooms_choice_is(self, event_type):
        assert is_exempt(PEER.pdu(event_type, {}, state_key=""))

    @pytest.mark.parametrize("state_key", [None, "x", " ", "\u200b", "\0"])
    def test_with_another_state_key_or_none_it_is_not(self, state_key):
        assert not is_exempt(PEER.pdu("m.room.policy", {}, state_key=state_key))

    @pytest.mark.parametrize("event_type", ["m.room.policy ", "M.room.policy", "m.room.name", ""])
    def test_another_type_is_not(self, event_type):
        assert not is_exempt(PEER.pdu(event_type, {}, state_key=""))


class TestPolicySignature:
    @pytest.mark.parametrize("version", ROOM_VERSIONS)
    @pytest.mark.parametrize("event_type", ["m.room.message", "m.room.create"])
    def test_is_one_key_by_one_server_on_the_redacted_event(self, version, event_type):
        state_key = "" if event_type == "m.room.create" else None
        pdu = PEER.pdu(event_type, state_key=state_key, room_version=version)

        answer = policy_signature(pdu, US, KEY)

        assert list(answer) == [US]
        assert list(answer[US]) == [POLICY_KEY_ID] == ["ed25519:policy_server"]
        signed = {**pdu.json, "signatures": {**pdu.json["signatures"], **answer}}
        assert carried_policy_signature_is_valid(
            parse_pdu(signed, get_room_version(version)), US, KEY.verify_key
        )

    def test_holds_for_the_redacted_copy_too_and_for_no_other_event(self):
        pdu = PEER.pdu()
        answer = policy_signature(pdu, US, KEY)

        def carried(event):
            return carried_policy_signature_is_valid(
                parse_pdu({**event, "signatures": answer}, pdu.rules), US, KEY.verify_key
            )

        assert carried({**pdu.json, "content": {}})
        assert not carried(PEER.event(depth=11))

    @pytest.mark.parametrize(
        "forged",
        [
            b"",
            b"[]",
            b"{}",
            b"not json",
            encode_canonical({"method": "PUT", "uri": "/", "origin": US, "destination": "b"}),
            encode_canonical({"server_name": US, "verify_keys": {}, "valid_until_ts": 1}),
        ],
    )
    def test_is_given_to_no_bytes_but_an_events(self, forged):
        with pytest.raises(SigningFault, match="bytes to sign"):
            policy_signature(replace(PEER.pdu(), signed_bytes=forged), US, KEY)

    @pytest.mark.parametrize("extra", ["method", "destination", "verify_keys", "unsigned"])
    def test_is_given_to_no_event_that_is_something_else_as_well(self, extra):
        pdu = PEER.pdu()
        redacted = {key: pdu.json[key] for key in pdu.json if key != "signatures"}

        with pytest.raises(SigningFault):
            policy_signature(
                replace(pdu, signed_bytes=encode_canonical({**redacted, extra: "x"})), US, KEY
            )

    def test_is_given_to_no_event_without_a_room(self):
        pdu = PEER.pdu()
        roomless = {key: pdu.json[key] for key in pdu.json if key not in ("signatures", "room_id")}

        with pytest.raises(SigningFault):
            policy_signature(replace(pdu, signed_bytes=encode_canonical(roomless)), US, KEY)

    def test_does_not_leave_if_it_came_out_wrong(self):
        class Faulty(PolicySigningKey):
            def sign(self, message):
                signature = bytearray(super().sign(message))
                signature[40] ^= 1
                return bytes(signature)

        with pytest.raises(SigningFault, match="does not verify"):
            policy_signature(PEER.pdu(), US, Faulty(bytes(range(32))))


class TestSize:
    @pytest.mark.parametrize("signatures", [{}, {US: {"ed25519:1": "x"}}])
    def test_counts_our_signature(self, signatures):
        event = PEER.event(unsigned={"age_ts": 1})
        event["signatures"] |= signatures
        pdu = parse_pdu(event, get_room_version("11"))
        ours = policy_signature(pdu, US, KEY)
        whole = {
            **event,
            "signatures": {**event["signatures"], US: {**signatures.get(US, {}), **ours[US]}},
        }

        assert size_with_signature_bytes(pdu, US) == event_size_bytes(whole, pdu.rules)
        assert size_with_signature_bytes(pdu, US) > pdu.size_bytes + 100

    def test_an_event_that_carries_it_already_does_not_grow(self):
        pdu = PEER.pdu()
        carrying = {
            **pdu.json,
            "signatures": {**pdu.json["signatures"], **policy_signature(pdu, US, KEY)},
        }
        pdu = parse_pdu(carrying, pdu.rules)

        assert size_with_signature_bytes(pdu, US) == pdu.size_bytes

    def test_an_event_may_fill_the_limit_and_not_go_beyond(self):
        def filled(length):
            return PEER.pdu(content={"msgtype": "m.text", "body": "x" * length})

        longest = MAX_EVENT_BYTES - size_with_signature_bytes(filled(0), US)

        check_size_with_signature(filled(longest), US)
        with pytest.raises(EventMalformed, match="65537 bytes long"):
            check_size_with_signature(filled(longest + 1), US)


@pytest.mark.parametrize(
    "signatures", [{}, {US: {}}, {US: {POLICY_KEY_ID: "x"}}, {US: {"ed25519:1": "A" * 86}}]
)
def test_an_event_without_our_signature_carries_none(signatures):
    pdu = replace(PEER.pdu(), signatures=signatures)

    assert not carried_policy_signature_is_valid(pdu, US, KEY.verify_key)


def test_a_command_can_be_taken_for_no_event():
    key = PolicySigningKey(b"p" * 32)
    command = redact_command("!room:example.org", "$event", "policy.example.org", key)

    assert command.keys() == {"command", "room_id", "event_id", "signatures"}
    assert signature_verifies(command, "policy.example.org", key.verify_key)
    for rules in ROOM_VERSIONS.values():
        with pytest.raises(EventMalformed):
            parse_pdu(command, rules)
