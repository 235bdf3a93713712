"""Tests of the table of paths: every public path, and every one that is not."""

from urllib.parse import quote

import pytest

from countersign import __version__
from countersign.protocol.canonical_json import encode_canonical
from countersign.protocol.keys.server_keys import parse_server_keys
from countersign.web.http.body_memory import PurposeLimits
from tests.service.conftest import OUR_NAME, OUR_USER
from tests.web.wire import Wire, written

SIGN = "/_matrix/policy/v1/sign"
UNSTABLE_SIGN = "/_matrix/policy/unstable/org.matrix.msc4284/sign"


@pytest.mark.parametrize(
    "target",
    [
        "/",
        "*",
        "/favicon.ico",
        f"{SIGN}/",
        f"{SIGN}x",
        f"/{SIGN}",
        "/_matrix/policy/v1/%73ign",
        "/_matrix/policy/v2/sign",
        "/_matrix/client/versions",
        "/_matrix/federation/v1/version/",
        "/_matrix/federation/v1/backfill/!a:b",
        "/_matrix/key/v2/query",
        "/_matrix/federation/v1/user/devices/",
        "/_countersign/v1/health",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "OPTIONS"])
async def test_an_unknown_path_is_unrecognized_at_once(federation, method, target):
    answer = await federation.ask(method, target, {} if method != "GET" else None)

    assert (answer.status, answer.errcode) == (404, "M_UNRECOGNIZED")


@pytest.mark.parametrize(
    ("method", "target", "allow"),
    [
        ("GET", SIGN, {"POST"}),
        ("HEAD", SIGN, {"POST"}),
        ("OPTIONS", SIGN, {"POST"}),
        ("PUT", UNSTABLE_SIGN, {"POST"}),
        ("POST", "/_matrix/key/v2/server", {"GET", "HEAD"}),
        ("POST", "/_matrix/federation/v1/send/1", {"PUT"}),
        ("GET", "/_matrix/federation/v2/invite/!a:b/$c", {"PUT"}),
        ("DELETE", "/.well-known/matrix/server", {"GET", "HEAD", "OPTIONS"}),
    ],
)
async def test_a_known_path_names_the_methods_that_it_knows(federation, method, target, allow):
    answer = await federation.ask(method, target)

    assert answer.status == 405
    assert set(answer.headers["allow"].split(", ")) == allow
    assert method == "HEAD" or answer.errcode == "M_UNRECOGNIZED"


@pytest.mark.parametrize("key_id", ["", "/", "/ed25519:x"])
async def test_the_server_key_is_published_and_the_policy_key_is_not(federation, world, key_id):
    answer = await federation.ask("GET", f"/_matrix/key/v2/server{key_id}")

    now_ts = world.clock.now_ts()
    keys = parse_server_keys(answer.body, OUR_NAME, now_ts)
    assert list(keys.verify_keys) == [world.identity.server_key.key_id]
    assert keys.valid_until_ts == now_ts + 24 * 3_600_000
    assert world.identity.policy_key.verify_key.to_base64() not in answer.body.decode()


async def test_the_key_document_is_renewed_after_half_its_validity(federation, world):
    first = federation.publication.server_keys()
    world.clock.advance(11 * 3600)
    assert federation.publication.server_keys() is first

    world.clock.advance(2 * 3600)
    second = federation.publication.server_keys()
    assert second["valid_until_ts"] == world.clock.now_ts() + 24 * 3_600_000
    parse_server_keys(encode_canonical(second), OUR_NAME, world.clock.now_ts())

    world.clock.set_wall_clock(world.clock.now_ts() - 30 * 24 * 3_600_000)
    third = federation.publication.server_keys()
    assert third["valid_until_ts"] == world.clock.now_ts() + 24 * 3_600_000


async def test_the_version_is_public(federation):
    answer = await federation.ask("GET", "/_matrix/federation/v1/version")

    assert answer.json == {"server": {"name": "Countersign", "version": __version__}}


async def test_the_policy_key_is_published_for_clients(federation, world):
    key = world.identity.policy_key.verify_key.to_base64()
    stable = await federation.ask("GET", "/.well-known/matrix/policy_server")
    unstable = await federation.ask("GET", "/.well-known/matrix/org.matrix.msc4284.policy_server")

    assert stable.json == {"public_keys": {"ed25519": key}}
    assert unstable.json["public_key"] == key
    assert not key.endswith("=")


async def test_well_known_documents_name_the_server_and_its_support(federation):
    server = await federation.ask("GET", "/.well-known/matrix/server")
    support = await federation.ask("GET", "/.well-known/matrix/support")

    assert server.json == {"m.server": f"{OUR_NAME}:443"}
    assert support.json == {"support_page": "https://example.com/help"}


@pytest.mark.parametrize(
    "name", ["policy_server", "org.matrix.msc4284.policy_server", "server", "support"]
)
@pytest.mark.parametrize(("method", "status"), [("GET", 200), ("HEAD", 200), ("OPTIONS", 204)])
async def test_any_web_page_may_read_the_well_known_documents(federation, name, method, status):
    headers = {"Origin": "https://client.example"}

    answer = await federation.ask(method, f"/.well-known/matrix/{name}", headers=headers)

    assert answer.status == status
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "GET" in answer.headers["access-control-allow-methods"]
    assert "Authorization" in answer.headers["access-control-allow-headers"]


async def test_a_missing_support_document_is_not_found(federation):
    federation.publication.support = None

    answer = await federation.ask("GET", "/.well-known/matrix/support")

    assert (answer.status, answer.errcode) == (404, "M_NOT_FOUND")
    assert answer.headers["access-control-allow-origin"] == "*"


PROFILE = f"/_matrix/federation/v1/query/profile?user_id={quote(OUR_USER)}"
DEVICES = "/_matrix/federation/v1/user/devices/"


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (PROFILE, {"displayname": "Countersign"}),
        (f"{PROFILE}&field=displayname", {"displayname": "Countersign"}),
        (f"{PROFILE}&field=avatar_url", {}),
        (DEVICES + quote(OUR_USER), {"user_id": OUR_USER, "stream_id": 1, "devices": []}),
    ],
)
async def test_the_profile_of_our_user_is_public(federation, target, expected):
    answer = await federation.ask_signed("GET", target)

    assert (answer.status, answer.json) == (200, expected)


@pytest.mark.parametrize(
    ("target", "status", "errcode"),
    [
        (f"/_matrix/federation/v1/query/profile?user_id=@x:{OUR_NAME}", 404, "M_NOT_FOUND"),
        ("/_matrix/federation/v1/query/profile", 400, "M_MISSING_PARAM"),
        (f"{DEVICES}@x:{OUR_NAME}", 404, "M_NOT_FOUND"),
        (f"{DEVICES}%FF", 400, "M_INVALID_PARAM"),
    ],
)
async def test_other_users_are_not_found(federation, target, status, errcode):
    answer = await federation.ask_signed("GET", target)

    assert (answer.status, answer.errcode) == (status, errcode)


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("GET", PROFILE),
        ("GET", DEVICES + OUR_USER),
        ("PUT", "/_matrix/federation/v1/send/1"),
        ("PUT", "/_matrix/federation/v1/invite/!a:b/$c"),
        ("PUT", "/_matrix/federation/v2/invite/!a:b/$c"),
    ],
)
@pytest.mark.parametrize("who", ["nobody", "another request", "a browser"])
async def test_unauthenticated_federation_requests_are_refused(federation, method, target, who):
    authorization = {
        "nobody": {},
        "another request": {
            "Authorization": federation.alice.sign_request(method, f"{target}x", OUR_NAME)
        },
        "a browser": {"Authorization": "Bearer abc"},
    }[who]

    body = None if method == "GET" else {}
    answer = await federation.ask(method, target, body, headers=authorization)

    assert (answer.status, answer.errcode) == (401, "M_UNAUTHORIZED")


async def test_transactions_are_accepted(federation, world):
    await world.rooms.join(world.room.room_id, ["example.org"])
    event = world.room.event(world.alice, "m.room.join_rules", {"join_rule": "invite"})
    body = {"origin": "example.org", "origin_server_ts": 1, "pdus": [event], "edus": []}

    answer = await federation.ask_signed("PUT", "/_matrix/federation/v1/send/a%2Fb", body)

    assert (answer.status, list(answer.json["pdus"].values())) == (200, [{}])
    assert world.rooms.get(world.room.room_id).state.join_rule == "invite"


@pytest.mark.parametrize(
    "body_limits", [{"other": PurposeLimits.equal(1_000, 1_000)}], indirect=True
)
async def test_transactions_cannot_take_up_what_signing_needs(federation):
    target = "/_matrix/federation/v1/send/1"
    authorization = federation.alice.sign_request("PUT", target, OUR_NAME, {})
    headers = {"Authorization": authorization, "Content-Length": "1200"}
    async with await Wire.to(federation.bound) as wire:
        await wire.say(written("PUT", target, headers), b"{" * 980)
        signed = await federation.ask_signed("POST", SIGN, {"x": "y" * 1_600})
        await wire.say(b"{" * 40)

        assert ((await wire.hear()).status, signed.status) == (503, 200)


async def test_transactions_are_rationed_by_what_they_hold(federation):
    body = {"origin": "example.org", "origin_server_ts": 1, "pdus": [{}] * 50}
    statuses = [
        (await federation.ask_signed("PUT", f"/_matrix/federation/v1/send/{txn}", body)).status
        for txn in range(5)
    ]
    late = await federation.ask_signed("PUT", "/_matrix/federation/v1/send/late", body)

    assert statuses == [200] * 4 + [429]
    assert (late.errcode, late.json["retry_after_ms"]) == ("M_LIMIT_EXCEEDED", 500)


async def test_a_transaction_that_is_too_large_is_refused(federation):
    target = "/_matrix/federation/v1/send/1"
    authorization = federation.alice.sign_request("PUT", target, OUR_NAME, {})
    headers = {"Authorization": authorization, "Content-Length": "9000000"}

    answer = await federation.ask("PUT", target, headers=headers)

    assert (answer.status, answer.errcode) == (413, "M_TOO_LARGE")


def invitation(world):
    content = {"membership": "invite"}
    event = world.room.event(world.alice, "m.room.member", content, state_key=OUR_USER)
    pdu = world.room.pdu(world.alice, "m.room.member", content, state_key=OUR_USER)
    return event, f"{quote(pdu.room_id, safe='')}/{quote(pdu.event_id, safe='')}"


@pytest.mark.parametrize("room_version", ["3", "11", "12"], indirect=True)
async def test_invitations_are_accepted(federation, world, room_version):
    event, ids = invitation(world)
    body = {"event": event, "room_version": room_version, "invite_room_state": []}

    answer = await federation.ask_signed("PUT", f"/_matrix/federation/v2/invite/{ids}", body)

    assert answer.status == 200
    assert answer.json["event"]["signatures"].keys() == {"example.org", OUR_NAME}


@pytest.mark.parametrize("room_version", ["1"], indirect=True)
async def test_invitations_of_version_1_are_accepted(federation, world):
    event, ids = invitation(world)

    answer = await federation.ask_signed("PUT", f"/_matrix/federation/v1/invite/{ids}", event)

    assert (answer.status, answer.json[0]) == (200, 200)
    assert answer.json[1]["event"]["signatures"].keys() == {"example.org", OUR_NAME}


@pytest.mark.parametrize(
    ("change", "errcode"),
    [
        ({"room_version": "999"}, "M_INCOMPATIBLE_ROOM_VERSION"),
        ({"room_version": 11}, "M_BAD_JSON"),
        ({"event": []}, "M_BAD_JSON"),
        ({"event": {}}, "M_BAD_JSON"),
    ],
)
async def test_an_event_other_than_an_invitation_is_refused(federation, world, change, errcode):
    event, ids = invitation(world)
    body = {"event": event, "room_version": "11", **change}

    answer = await federation.ask_signed("PUT", f"/_matrix/federation/v2/invite/{ids}", body)

    assert (answer.status, answer.errcode) == (400, errcode)
    if errcode == "M_INCOMPATIBLE_ROOM_VERSION":
        assert answer.json["room_version"] == "999"


async def test_long_bodies_use_up_their_networks_share_whoever_is_said_to_send_them(federation):
    target, content = "/_matrix/federation/v1/send/1", {"pdus": [{"x": "y" * 200_000}] * 10}
    forged = federation.alice.sign_request("PUT", target, OUR_NAME, {})
    hostile, other = ({"X-Forwarded-For": f"198.51.{number}.7"} for number in (100, 101))

    answer = await federation.ask(
        "PUT", target, content, headers={**hostile, "Authorization": forged}
    )

    assert answer.status == 401
    version = "/_matrix/federation/v1/version"
    assert (await federation.ask("GET", version, headers=hostile)).status == 429
    assert (await federation.ask("GET", version, headers=other)).status == 200
