"""Tests of state checks: events that nobody pushed are found; a join survives a kill."""

import json
import os
import signal
import subprocess
import time

import pytest
from examples.demo.policy_server import COMMAND

from tests.blackbox.fake_room import ACL, MEMBER, now_ts
from tests.blackbox.wire import Requester, assert_error, assert_signed
from tests.waiting import PATIENCE_SECONDS


@pytest.fixture
def room(program, make_room, join, second, third):
    """A protected room that three servers tell us of, by addresses of their own."""
    room = make_room("11", program, f"checked-{now_ts()}")
    join(program, [room])
    for server in (second, third):
        server.host(room)
    return room


def check(program, room):
    checked = json.loads(program.run("rooms", "check", room.room_id, "--json"))
    program.settle()
    return checked["membership"], [alert["kind"] for alert in checked["alerts"]]


def test_missed_events_are_fetched(program, room, requester, first, second):
    event = room.event(second)
    assert_signed(requester.ask(event, second), room, event, program)
    room.add_state(first, ACL, "", {"allow": ["*"], "deny": [second.address]})

    assert check(program, room) == ("joined", [])

    assert_error(requester.ask(room.event(second), second), 403, "M_FORBIDDEN")
    assert_signed(requester.ask(event, first), room, event, program)


def test_servers_that_count_us_out_are_an_alert_and_no_more(
    program, room, requester, first, second, third
):
    def out(status, answer):
        return 403, {"errcode": "M_FORBIDDEN", "error": "You are not in the room"}

    for server in (first, second):
        server.lies["/_matrix/federation/v1/make_leave"] = out

    try:
        assert check(program, room) == ("joined", ["said-to-be-removed"])
    finally:
        for server in (first, second):
            server.lies.clear()

    event = room.event(third, sender=third.user("carol"))
    assert_signed(requester.ask(event, third), room, event, program)
    assert check(program, room) == ("joined", [])


def test_a_kick_that_its_sender_did_not_sign_removes_nobody(program, room, first, second):
    """All servers have it, in the name of a moderator; it is signed by another server than his."""
    leave = {"membership": "leave"}
    room.add_state(second, MEMBER, program.user_id, leave, sender=first.user())

    assert check(program, room) == ("joined", [])
    assert check(program, room) == ("joined", ["state-disputed"])


def test_a_join_that_is_killed_in_the_middle_is_gone_on_with(
    make_program, make_room, make_homeserver
):
    program = make_program()
    room = make_room("11", program, f"killed-{now_ts()}")
    slow = make_homeserver()
    slow.host(room)

    kills = [signal.SIGKILL]

    def kill_once(status, answer):
        if kills:
            os.killpg(program.process.pid, kills.pop())  # with its workers
        return status, answer

    slow.lies["/_matrix/federation/v2/send_join"] = kill_once
    settings = ("--config", str(program.config))
    joining = subprocess.run(
        [COMMAND, "rooms", "join", room.room_id, "--via", slow.server_name, *settings],
        capture_output=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )
    assert joining.returncode != 0
    program.process.stop()
    program.start_and_wait()

    requester = Requester(program)
    server = room.creator
    event = room.event(server)
    deadline = time.monotonic() + PATIENCE_SECONDS  # noqa: TID251
    while (response := requester.ask(event, server)).status == 503:
        assert time.monotonic() < deadline, response.said  # noqa: TID251
        time.sleep(0.1)
    assert_signed(response, room, event, program)
    requester.connection.close()
