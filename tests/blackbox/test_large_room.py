"""Tests of a room with 20,000 members: joining, following, signing, and starting with it."""

import json
import threading
import time
from pathlib import Path
from statistics import quantiles

import pytest
from examples.demo.policy_server import CommandFailedError

from tests.blackbox.fake_room import MEMBER
from tests.blackbox.program import SPAM
from tests.blackbox.wire import Requester, assert_refused, assert_signed

MEMBERS = 20_000
MAX_MEMORY_MB = 256
UNDER_WAY = "may take minutes"
COMMANDS = 6
"""Number of commands that may end before the join does; each waits for 50 seconds."""


@pytest.fixture(scope="module")
def own_program(make_program):
    return make_program()


@pytest.fixture(scope="module")
def small(own_program, make_room, join):
    room = make_room("11", own_program, "small")
    join(own_program, [room])
    return room


@pytest.fixture(scope="module")
def large(own_program, make_room, first, second, third):
    """A room with so many members on three servers, which we are not in yet."""
    room = make_room("11", own_program, "large")
    for number in range(MEMBERS - 3):
        server = (first, second, third)[number % 3]
        user = server.user(f"somebody-{number}")
        content = {
            "membership": "join",
            "displayname": f"Somebody number {number}",
            "avatar_url": f"mxc://{server.server_name}/{number:024d}",
        }
        room.add_state(server, MEMBER, user, content, sender=user)
    for server in (second, third):
        server.host(room)
    return room


def peak_memory_mb(program) -> float:
    status = Path(f"/proc/{program.process.pid}/status").read_text()
    (line,) = [line for line in status.splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) / 1024


def join_patiently(program, room_id, via):
    """Join a room; on a slow machine it takes longer than one command waits."""
    for _ in range(COMMANDS):
        try:
            return program.join(room_id, via)
        except CommandFailedError as error:
            if UNDER_WAY not in str(error):
                raise
    return program.join(room_id, via)


def test_a_large_room_is_joined_while_others_are_answered(own_program, small, large, first):
    outcome = {}

    print(f"at rest: {peak_memory_mb(own_program):.0f} MB")

    def join():
        started = time.monotonic()  # noqa: TID251
        try:
            join_patiently(own_program, large.room_id, first.server_name)
        except CommandFailedError as error:
            outcome["error"] = error
        outcome["seconds"] = time.monotonic() - started  # noqa: TID251

    requester = Requester(own_program)
    # From then on the worker that has this connection knows the keys of the sender's server.
    before = small.event(first)
    assert_signed(requester.ask(before, first), small, before, own_program)
    joining = threading.Thread(target=join)
    joining.start()
    waits = []
    while joining.is_alive():
        event = small.event(first)
        asked = time.monotonic()  # noqa: TID251
        assert_signed(requester.ask(event, first), small, event, own_program)
        waits.append(time.monotonic() - asked)  # noqa: TID251
        time.sleep(0.01)
    joining.join()

    assert "error" not in outcome, outcome
    assert len(waits) >= 10, "others waited for the join"
    (listed,) = [
        room
        for room in json.loads(own_program.run("rooms", "list", "--json"))
        if room["room_id"] == large.room_id
    ]
    assert listed["joined_members"] == MEMBERS + 1
    print(
        f"joined in {outcome['seconds']:.1f} s; {len(waits)} others answered meanwhile, "
        f"p50 {quantiles(waits, n=100)[49] * 1000:.0f} ms, "
        f"p99 {quantiles(waits, n=100)[98] * 1000:.0f} ms, at most {max(waits) * 1000:.0f} ms; "
        f"peak memory {peak_memory_mb(own_program):.0f} MB"
    )
    event = large.event(first)
    assert_signed(requester.ask(event, first), large, event, own_program)
    requester.connection.close()
    assert peak_memory_mb(own_program) <= MAX_MEMORY_MB


def test_its_servers_confirm_it(own_program, large):
    own_program.run("rooms", "check", large.room_id)

    checked = json.loads(own_program.run("rooms", "check", large.room_id, "--json"))

    assert checked["confirmed_ts"] is not None
    assert checked["alerts"] == []
    assert peak_memory_mb(own_program) <= MAX_MEMORY_MB


def test_a_restart_answers_for_it_soon(own_program, large, first):
    own_program.process.stop()
    started = time.monotonic()  # noqa: TID251
    own_program.start_and_wait()
    ready = time.monotonic() - started  # noqa: TID251

    requester = Requester(own_program)
    for body in ("hello", SPAM):
        event = large.event(first, content={"msgtype": "m.text", "body": body})
        if body == SPAM:
            assert_refused(requester.ask(event, first))
        else:
            assert_signed(requester.ask(event, first), large, event, own_program)
    requester.connection.close()

    print(f"ready after {ready:.1f} s; peak memory {peak_memory_mb(own_program):.0f} MB")
    assert ready < 10
    assert peak_memory_mb(own_program) <= MAX_MEMORY_MB
