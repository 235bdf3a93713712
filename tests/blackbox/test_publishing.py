"""Tests of published keys: the policy key and the server key, never both in one document."""

import time

import pytest

from tests.blackbox import oracle
from tests.blackbox.wire import assert_error, assert_one_object

POLICY_SERVER = "/.well-known/matrix/policy_server"
WELL_KNOWNS = {
    POLICY_SERVER: {"public_keys"},
    "/.well-known/matrix/org.matrix.msc4284.policy_server": {"public_keys", "public_key"},
    "/.well-known/matrix/server": {"m.server"},
}


@pytest.mark.parametrize("path", WELL_KNOWNS)
def test_a_well_known_is_for_browsers_too(requester, path):
    response = requester.get(path)

    assert_one_object(response)
    assert response.status == 200
    assert set(response.json) == WELL_KNOWNS[path]
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "GET" in response.headers["Access-Control-Allow-Methods"]
    assert "content-type" in response.headers["Access-Control-Allow-Headers"].lower()

    head = requester.connection.request("HEAD", path)
    assert (head.status, head.body) == (200, b"")
    assert head.headers["Content-Length"] == str(len(response.body))
    assert head.headers["Access-Control-Allow-Origin"] == "*"

    options = requester.connection.request("OPTIONS", path)
    assert options.status in (200, 204)
    assert options.headers["Access-Control-Allow-Origin"] == "*"


def test_the_policy_key_is_unpadded_standard_base64_of_32_bytes(requester):
    key = requester.get(POLICY_SERVER).json["public_keys"]["ed25519"]

    assert len(oracle.decode_base64(key)) == 32
    assert len(key) == 43
    assert not set("=-_") & set(key)


def test_support_says_so_when_there_is_none(requester):
    response = requester.get("/.well-known/matrix/support")

    assert_error(response, 404, "M_NOT_FOUND")
    assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_support_tells_whom_to_turn_to(make_program):
    contact = {"role": "m.role.admin", "email_address": "admin@example.org"}
    program = make_program(support={"contacts": [contact]})

    assert program.get("/.well-known/matrix/support") == {"contacts": [contact]}


@pytest.mark.parametrize("path", ["/_matrix/key/v2/server", "/_matrix/key/v2/server/ed25519:x"])
def test_the_key_document_verifies_and_never_holds_the_policy_key(requester, program, path):
    response = requester.get(path)
    assert_one_object(response)
    assert response.status == 200
    document = response.json
    policy_key = requester.get(POLICY_SERVER).json["public_keys"]["ed25519"]

    assert document["server_name"] == program.server_name
    assert document["valid_until_ts"] > (time.time() + 3600) * 1000  # noqa: TID251
    assert document["verify_keys"]
    for key_id, entry in document["verify_keys"].items():
        assert oracle.json_signature_verifies(document, program.server_name, key_id, entry["key"])
    assert "policy_server" not in response.body.decode()
    assert policy_key not in response.body.decode()
    assert set(document["signatures"]) == {program.server_name}


def test_the_version_names_the_program(requester):
    response = requester.get("/_matrix/federation/v1/version")

    assert_one_object(response)
    assert response.json["server"]["name"] == "Countersign"
    assert response.json["server"]["version"]


class TestOurUser:
    def test_has_a_profile(self, requester, program, first):
        target = f"/_matrix/federation/v1/query/profile?user_id={program.user_id}"
        whole = requester.request("GET", target, origin=first)
        name = requester.request("GET", f"{target}&field=displayname", origin=first)
        avatar = requester.request("GET", f"{target}&field=avatar_url", origin=first)

        for response in (whole, name, avatar):
            assert_one_object(response)
            assert response.status == 200
        assert set(name.json) == {"displayname"}
        assert whole.json["displayname"] == name.json["displayname"]

    def test_has_no_devices(self, requester, program, first):
        target = f"/_matrix/federation/v1/user/devices/{program.user_id}"
        response = requester.request("GET", target, origin=first)

        assert_one_object(response)
        assert response.json["user_id"] == program.user_id
        assert response.json["devices"] == []
        assert type(response.json["stream_id"]) is int

    def test_is_the_only_one(self, requester, program, first):
        other = f"@other:{program.server_name}"
        for target in (
            f"/_matrix/federation/v1/query/profile?user_id={other}",
            f"/_matrix/federation/v1/user/devices/{other}",
        ):
            assert_error(requester.request("GET", target, origin=first), 404, "M_NOT_FOUND")

    @pytest.mark.parametrize("endpoint", ["query/profile?user_id=", "user/devices/"])
    def test_is_shown_to_those_who_say_who_they_are(self, requester, program, first, endpoint):
        target = f"/_matrix/federation/v1/{endpoint}{program.user_id}"
        assert_error(requester.get(target), 401, "M_UNAUTHORIZED")

        for_another_path = first.authorization("GET", "/elsewhere", program.server_name)
        response = requester.connection.request(
            "GET", target, headers={"Authorization": for_another_path}
        )
        assert_error(response, 401, "M_UNAUTHORIZED")
