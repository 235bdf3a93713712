"""Tests of the signatures that an event needs, and of errors without them."""

import json
from pathlib import Path
from typing import Any, ClassVar

import pytest
import signedjson.key
from synapse.api.room_versions import KNOWN_ROOM_VERSIONS
from synapse.crypto.event_signing import add_hashes_and_signatures

from countersign.protocol import unpadded_base64
from countersign.protocol.errors import EventMalformed, SignatureInvalid
from countersign.protocol.events.event_signatures import (
    MAX_SIGNATURES_PER_SERVER,
    SignatureDemand,
    check_demand,
    check_third_party_invite,
    demand_of,
    hash_and_sign_event,
    is_third_party_invite,
    signature_demands,
    third_party_invite_token,
)
from countersign.protocol.events.pdu import parse_pdu
from countersign.protocol.keys.signatures import sign_json, with_signature
from countersign.protocol.keys.signing_keys import ServerSigningKey
from countersign.protocol.room_versions import ROOM_VERSIONS, get_room_version
from countersign.testing.events import make_key
from countersign.testing.peers import Peer

ALICE_HS, BOB_HS, CAROL_HS = Peer("alice.example"), Peer("bob.example"), Peer("carol.example")
VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "signatures.json").read_text())


def demands(pdu) -> dict[str, bool]:
    return {demand.server: demand.is_mandatory for demand in signature_demands(pdu)}


def parsed(event, version="11"):
    return parse_pdu(event, get_room_version(version))


@pytest.mark.parametrize("vector", VECTORS["events"])
def test_signs_events_as_the_specification_does(vector):
    key = ServerSigningKey("1", unpadded_base64.decode(VECTORS["seed"]))

    signed = hash_and_sign_event(vector["event"], ROOM_VERSIONS["1"], "domain", key)

    assert signed["signatures"] == {"domain": {"ed25519:1": vector["signature"]}}
    assert signed["unsigned"] == vector["event"]["unsigned"]


@pytest.mark.parametrize("version", ROOM_VERSIONS)
def test_hashes_and_signs_as_another_homeserver_does(version):
    event = ALICE_HS.event("m.room.member", {"membership": "join", "displayname": "Ä"},
                           state_key=ALICE_HS.user(), room_version=version)  # fmt: skip
    ours = {**event, "signatures": {}}
    theirs = json.loads(json.dumps(ours))
    key = signedjson.key.decode_signing_key_base64("ed25519", "1", VECTORS["seed"])
    add_hashes_and_signatures(KNOWN_ROOM_VERSIONS[version], theirs, "alice.example", key)

    ours = hash_and_sign_event(
        ours,
        ROOM_VERSIONS[version],
        "alice.example",
        ServerSigningKey("1", unpadded_base64.decode(VECTORS["seed"])),
    )

    assert ours["signatures"] == theirs["signatures"]
    assert ours["hashes"] == theirs["hashes"]


class TestDemands:
    @pytest.mark.parametrize("version", ROOM_VERSIONS)
    def test_a_message_needs_its_senders_server(self, version):
        assert demands(ALICE_HS.pdu(room_version=version)) == {"alice.example": True}

    @pytest.mark.parametrize("version", ["1", "2"])
    def test_the_first_versions_need_the_server_in_the_event_id_too(self, version):
        event = ALICE_HS.event(room_version=version, event_id="$x:bob.example")

        with pytest.raises(SignatureInvalid, match=r"not signed by bob\.example"):
            signature_demands(parsed(event, version))

        both = BOB_HS.hash_and_sign(event, version)
        assert demands(parsed(both, version)) == {"alice.example": True, "bob.example": True}

    def test_an_unsigned_event_is_refused(self):
        event = {**ALICE_HS.event(), "signatures": {"elsewhere.example": {"ed25519:1": "x"}}}

        with pytest.raises(SignatureInvalid, match=r"not signed by alice\.example"):
            signature_demands(parsed(event))

    @pytest.mark.parametrize("key_id", ["ed25519:policy_server", "rsa:1", "ed25519", ""])
    def test_a_policy_servers_signature_or_an_unknown_kind_does_not_count(self, key_id):
        event = ALICE_HS.event()
        signature = event["signatures"]["alice.example"]["ed25519:paper"]
        event = {**event, "signatures": {"alice.example": {key_id: signature}}}

        with pytest.raises(SignatureInvalid):
            signature_demands(parsed(event))

    def test_too_many_signatures_by_one_server_are_refused(self):
        event = ALICE_HS.event()
        for number in range(MAX_SIGNATURES_PER_SERVER):
            event = with_signature(event, "alice.example", f"ed25519:{number}", bytes(64))

        with pytest.raises(EventMalformed, match="9 signatures"):
            signature_demands(parsed(event))

    def test_signatures_by_servers_that_do_not_matter_are_passed_over(self):
        event = ALICE_HS.event()
        for number in range(50):
            event = with_signature(event, f"s{number}.example", "ed25519:1", bytes(64))

        assert demands(parsed(event)) == {"alice.example": True}

    def test_the_invited_users_server_may_sign_but_need_not(self):
        invite = ALICE_HS.event(
            "m.room.member", {"membership": "invite"}, state_key=BOB_HS.user("bob")
        )

        assert demands(parsed(invite)) == {"alice.example": True}
        assert demands(parsed(BOB_HS.hash_and_sign(invite))) == {
            "alice.example": True,
            "bob.example": False,
        }

    @pytest.mark.parametrize(("version", "expected"), [("7", 1), ("8", 2), ("12", 2)])
    def test_the_server_that_let_a_user_in_may_sign_but_need_not(self, version, expected):
        join = ALICE_HS.event(
            "m.room.member",
            {"membership": "join", "join_authorised_via_users_server": BOB_HS.user()},
            state_key=ALICE_HS.user(),
            room_version=version,
        )

        assert demands(parsed(join, version)) == {"alice.example": True}
        countersigned = BOB_HS.hash_and_sign(join, version)
        assert len(demands(parsed(countersigned, version))) == expected

    @pytest.mark.parametrize("authoriser", [None, 7, [], {}, "", "bob", "@bob", "@b:", "@b:/"])
    def test_a_misshapen_authoriser_is_nobody(self, authoriser):
        join = ALICE_HS.pdu(
            "m.room.member",
            {"membership": "join", "join_authorised_via_users_server": authoriser},
            state_key=ALICE_HS.user(),
        )

        assert demands(join) == {"alice.example": True}


class TestCheckDemand:
    def test_a_right_signature_with_a_known_key_satisfies(self):
        pdu = ALICE_HS.pdu()
        [demand] = signature_demands(pdu)

        check_demand(pdu, demand, ALICE_HS.verify_keys)

    def test_a_redacted_copy_satisfies_too(self):
        event = ALICE_HS.event()
        pdu = parsed({**event, "content": {}})
        [demand] = signature_demands(pdu)

        check_demand(pdu, demand, ALICE_HS.verify_keys)
        assert not pdu.has_intact_content

    def test_a_mandatory_server_without_a_known_key_does_not(self):
        pdu = ALICE_HS.pdu()
        [demand] = signature_demands(pdu)

        with pytest.raises(SignatureInvalid, match="known key"):
            check_demand(pdu, demand, {})

    def test_a_wrong_signature_with_a_known_key_invalidates_the_event(self):
        second = make_key("alice.example", "second")
        event = with_signature(ALICE_HS.event(), "alice.example", second.key_id, bytes(64))
        pdu = parsed(event)
        [demand] = signature_demands(pdu)

        check_demand(pdu, demand, ALICE_HS.verify_keys)
        with pytest.raises(SignatureInvalid, match="ed25519:second is wrong"):
            check_demand(pdu, demand, {**ALICE_HS.verify_keys, second.key_id: second.verify_key})

    def test_an_optional_server_without_a_known_key_is_let_be(self):
        invite = ALICE_HS.event(
            "m.room.member", {"membership": "invite"}, state_key=BOB_HS.user("bob")
        )
        pdu = parsed(with_signature(invite, "bob.example", "ed25519:paper", bytes(64)))
        _, demand = signature_demands(pdu)

        check_demand(pdu, demand, {})
        with pytest.raises(SignatureInvalid, match=r"by bob\.example"):
            check_demand(pdu, demand, BOB_HS.verify_keys)

    def test_the_signature_of_another_event_does_not_satisfy(self):
        pdu, other = ALICE_HS.pdu(depth=1), ALICE_HS.event(depth=2)
        stolen = SignatureDemand("alice.example", other["signatures"]["alice.example"], True)

        with pytest.raises(SignatureInvalid):
            check_demand(pdu, stolen, ALICE_HS.verify_keys)


IDENTITY_KEY = make_key("id.example", "0")
BOB = BOB_HS.user("bob")


def third_party_invite(signed: Any = None, **changes: Any):
    """Bob claims Alice's invite of his e-mail address; Carol's server sends it."""
    signed = signed or sign_json({"mxid": BOB, "token": "abc"}, "id.example", IDENTITY_KEY)
    content = {
        "membership": "invite",
        "third_party_invite": {"display_name": "bob", "signed": {**signed, **changes}},
    }
    return parsed(CAROL_HS.event("m.room.member", content, sender=ALICE_HS.user(), state_key=BOB))


class TestThirdPartyInvite:
    ROOMS_INVITE: ClassVar = {
        "display_name": "bob",
        "public_key": IDENTITY_KEY.verify_key.to_base64(),
        "public_keys": [],
    }

    def test_needs_no_signature_by_its_senders_server_but_can_be_asked_for_another(self):
        pdu = third_party_invite()

        assert is_third_party_invite(pdu)
        assert demands(pdu) == {}
        check_demand(pdu, demand_of(pdu, "carol.example"), CAROL_HS.verify_keys)
        with pytest.raises(SignatureInvalid, match="not signed by"):
            demand_of(pdu, "bob.example")

    def test_its_senders_server_must_not_have_signed_wrongly(self):
        event = with_signature(third_party_invite().json, "alice.example", "ed25519:1", bytes(64))

        assert demands(parsed(event)) == {"alice.example": False}

    def test_holds_if_a_key_of_the_rooms_invite_signed_it(self):
        pdu = third_party_invite()

        assert third_party_invite_token(pdu) == "abc"
        check_third_party_invite(pdu, self.ROOMS_INVITE)

    def test_holds_with_any_of_several_keys(self):
        keys = [None, 7, {}, {"public_key": "junk"}]
        keys += [{"public_key": IDENTITY_KEY.verify_key.to_base64()}]

        check_third_party_invite(third_party_invite(), {"public_keys": keys})

    @pytest.mark.parametrize(
        "pdu",
        [
            pytest.param(third_party_invite(mxid=CAROL_HS.user()), id="another user"),
            pytest.param(third_party_invite(token="xyz"), id="another token"),
            pytest.param(third_party_invite(signatures={}), id="no signature"),
            pytest.param(third_party_invite(signatures=[1]), id="misshapen signatures"),
            pytest.param(
                third_party_invite(signatures={"id.example": {"ed25519:0": "A" * 86}}), id="wrong"
            ),
        ],
    )
    def test_does_not_hold_for(self, pdu):
        with pytest.raises(SignatureInvalid):
            check_third_party_invite(pdu, self.ROOMS_INVITE)

    @pytest.mark.parametrize("content", [{}, {"public_key": 7}, {"public_keys": {}}])
    def test_does_not_hold_without_a_usable_key_in_the_room(self, content):
        with pytest.raises(SignatureInvalid):
            check_third_party_invite(third_party_invite(), content)

    @pytest.mark.parametrize("invite", [None, [], "x", {}, {"signed": None}, {"signed": []}])
    def test_does_not_hold_if_nothing_is_signed(self, invite):
        pdu = ALICE_HS.pdu(
            "m.room.member",
            {"membership": "invite", "third_party_invite": invite},
            state_key=BOB,
        )

        assert third_party_invite_token(pdu) is None
        with pytest.raises(SignatureInvalid, match="nothing signed"):
            check_third_party_invite(pdu, self.ROOMS_INVITE)

    def test_an_ordinary_invite_is_none(self):
        pdu = ALICE_HS.pdu("m.room.member", {"membership": "invite"}, state_key=BOB)

        assert not is_third_party_invite(pdu)
