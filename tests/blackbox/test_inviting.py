"""Tests of invitations: signed only if valid and from users whom the operator allows."""

import time
from copy import deepcopy
from urllib.parse import quote

import pytest

from tests.blackbox import oracle
from tests.blackbox.fake_room import CREATE, MEMBER, FakeRoom, now_ts
from tests.blackbox.test_joining import server_key_of
from tests.blackbox.wire import Requester, assert_error, assert_one_object, assert_signed
from tests.waiting import PATIENCE_SECONDS


@pytest.fixture(scope="module")
def choosy(make_program):
    """A program that accepts invitations of users whose name is Alice."""
    return make_program(invites={"accept_from": ["@alice:*"]})


@pytest.fixture(scope="module")
def choosy_client(choosy):
    return Requester(choosy)


@pytest.fixture
def make_invite(choosy, first):
    """Return a maker of a room and an invitation of our user into it."""

    def make(version="11", sender=None, server=first, **changed):
        room = first.host(FakeRoom(version, first, f"invite-{now_ts()}"))
        fields = {
            "event_type": MEMBER,
            "content": {"membership": "invite"},
            "state_key": choosy.user_id,
            "sender": sender or server.user(),
            **changed,
        }
        return room, room.event(server, **fields)

    return make


@pytest.fixture
def invite(choosy_client, first):
    """Return how to send an invitation."""

    def invite(room, event, /, *, origin=first, api="v2", room_id=None, event_id=None, **body):
        room_id = quote(room_id or room.room_id, safe="")
        event_id = quote(event_id or oracle.event_id_of(room.version, event), safe="")
        target = f"/_matrix/federation/{api}/invite/{room_id}/{event_id}"
        content = event
        if api == "v2":
            state = [room.create_event]
            content = {
                "event": event,
                "room_version": room.version,
                "invite_room_state": state,
                **body,
            }
        return choosy_client.request("PUT", target, content, origin=origin)

    return invite


def assert_invite_signed(signed, room, event, program):
    """It is the inviter's event with our server's signature added, and with nothing else."""
    key_id, key = server_key_of(program)
    assert {**signed, "signatures": None} == {**event, "signatures": None}
    ours = signed["signatures"][program.server_name]
    assert set(ours) == {key_id}
    assert {**signed["signatures"], program.server_name: None} == {
        **event["signatures"],
        program.server_name: None,
    }
    assert oracle.signature_verifies(
        room.version, event, program.server_name, key_id, ours[key_id], key
    )


def assert_joins(program, requester, room, server):
    deadline = time.monotonic() + PATIENCE_SECONDS  # noqa: TID251
    while requester.ask(room.event(server), server).status != 200:
        assert time.monotonic() < deadline, "it does not join"  # noqa: TID251
        time.sleep(0.05)
    event = room.event(server)
    assert_signed(requester.ask(event, server), room, event, program)


@pytest.mark.parametrize("version", oracle.ROOM_VERSIONS)
def test_an_invitation_is_signed_and_followed(
    choosy, choosy_client, make_invite, invite, first, version
):
    room, event = make_invite(version)

    response = invite(room, event)

    assert_one_object(response)
    assert response.status == 200, response.said
    assert set(response.json) == {"event"}
    assert_invite_signed(response.json["event"], room, event, choosy)
    assert_joins(choosy, choosy_client, room, first)


@pytest.mark.parametrize("version", oracle.SENDER_CHOSEN_IDS)
def test_early_versions_have_an_endpoint_of_their_own(
    choosy, choosy_client, make_invite, invite, first, version
):
    room, event = make_invite(version)

    response = invite(room, event, api="v1")

    status, answer = response.json
    assert (response.status, status) == (200, 200)
    assert_invite_signed(answer["event"], room, event, choosy)
    assert_joins(choosy, choosy_client, room, first)


def test_whom_the_operator_does_not_allow_is_forbidden(choosy_client, make_invite, invite, first):
    room, event = make_invite(sender=first.user("mallory"))

    assert_error(invite(room, event), 403, "M_FORBIDDEN")
    assert not any(key[0] == MEMBER and "policy" in key[1] for key in room.state)


@pytest.mark.parametrize(
    "changed",
    [
        {"content": {"membership": "join"}},
        {"content": {"membership": "ban"}},
        {"content": {}},
        {"content": {"membership": "invite", "third_party_invite": {}}},
        {"event_type": "m.room.message"},
        {"state_key": "@other:example.org"},
        {"state_key": "@policy:example.org"},
    ],
    ids=str,
)
def test_only_an_invitation_of_our_user_is_signed(make_invite, invite, changed):
    room, event = make_invite(**changed)

    assert_not_signed(invite(room, event))


def assert_not_signed(response):
    assert response.status in (400, 403), response.said
    assert_error(response, response.status, response.json["errcode"])
    assert "event" not in response.json


def test_an_invitation_in_our_own_name_is_not_signed(choosy, make_invite, invite, second):
    room, event = make_invite(sender=choosy.user_id)

    assert_not_signed(invite(room, event))
    assert_not_signed(invite(room, event, origin=second))


def test_only_the_senders_server_invites(make_invite, invite, second):
    room, event = make_invite()

    assert_not_signed(invite(room, event, origin=second))


def test_path_and_event_must_agree(make_invite, invite):
    room, event = make_invite()

    assert_not_signed(invite(room, event, room_id="!other:example.org"))
    assert_not_signed(invite(room, event, event_id="$" + "a" * 43))


def test_an_altered_or_unsigned_invitation_is_not_signed(make_invite, invite, second):
    room, event = make_invite()
    forged = deepcopy(event)
    for by_key in forged["signatures"].values():
        by_key["ed25519:paper"] = "A" * 86
    by_other = oracle.hash_and_sign(
        room.version, {**event, "signatures": {}}, second.server_name, second.key
    )
    emptied = {**event, "content": {"membership": "invite", "reason": "x"}}
    for bad in ({**event, "signatures": {}}, forged, by_other, emptied):
        assert_not_signed(invite(room, bad))


@pytest.mark.parametrize("version", ["13", "org.example.unstable", "", "010"])
def test_an_unknown_room_version_is_incompatible(make_invite, invite, version):
    room, event = make_invite()
    response = invite(room, event, room_version=version)

    assert_error(response, 400, "M_INCOMPATIBLE_ROOM_VERSION")
    assert response.json["room_version"] == version


@pytest.mark.parametrize("body", [{"room_version": 11}, {"room_version": None}, {"event": 7}])
def test_a_misshapen_body_is_bad_json(make_invite, invite, body):
    room, event = make_invite()

    assert_error(invite(room, event, **body), 400, "M_BAD_JSON")


def test_a_version_12_invitation_with_another_rooms_create_event_is_not_signed(
    make_invite, invite, first
):
    room, event = make_invite("12")
    other = FakeRoom("12", first, "other").state[CREATE, ""]

    assert_not_signed(invite(room, event, invite_room_state=[other]))


@pytest.mark.parametrize("state", [None, {}, "x", [], [1, None, "x", {}, {"type": []}]], ids=repr)
def test_the_rooms_state_is_only_for_show(make_invite, invite, state):
    room, event = make_invite()

    assert invite(room, event, invite_room_state=state).status == 200
