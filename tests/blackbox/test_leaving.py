"""Tests of leaving: our leave has signatures of both our keys, so no homeserver needs to ask."""

import pytest
from examples.demo.policy_server import CommandFailedError

from tests.blackbox import oracle
from tests.blackbox.fake_room import MEMBER, FakeRoom
from tests.blackbox.test_joining import in_template, server_key_of
from tests.blackbox.wire import POLICY_KEY_ID, assert_error, assert_signed


@pytest.mark.parametrize("version", ["1", "5", "10", "11", "12"])
def test_a_leave_is_signed_by_server_and_policy_server(program, requester, first, version):
    room = first.host(FakeRoom(version, first, "to-leave"))
    program.join(room.room_id, first.server_name)
    assert requester.ask(room.event(first), first).status == 200

    program.run("rooms", "leave", room.room_id)
    program.settle()

    leave = room.state[MEMBER, program.user_id]
    assert leave["content"] == {"membership": "leave"}
    assert leave["sender"] == program.user_id
    assert leave["hashes"]["sha256"] == oracle.content_hash(leave)
    key_id, server_key = server_key_of(program)
    for used, key in ((key_id, server_key), (POLICY_KEY_ID, program.policy_key)):
        signature = leave["signatures"][program.server_name][used]
        assert oracle.signature_verifies(version, leave, program.server_name, used, signature, key)
    assert_error(requester.ask(room.event(first), first), 404, "M_NOT_FOUND")


def test_while_nobody_takes_our_leave_the_room_is_protected(program, requester, make_homeserver):
    server = make_homeserver()
    room = server.host(FakeRoom("11", server, "sticky"))
    program.join(room.room_id, server.server_name)
    server.lies["/_matrix/federation/v1/make_leave"] = in_template(type="m.room.message")

    with pytest.raises(CommandFailedError):
        program.run("rooms", "leave", room.room_id)

    event = room.event(server)
    assert_signed(requester.ask(event, server), room, event, program)
    assert not server.requests_to("send_leave")


def test_a_room_can_be_joined_again(program, requester, first):
    room = first.host(FakeRoom("11", first, "again"))
    program.join(room.room_id, first.server_name)
    program.run("rooms", "leave", room.room_id)
    program.join(room.room_id, first.server_name)

    event = room.event(first)
    assert_signed(requester.ask(event, first), room, event, program)
