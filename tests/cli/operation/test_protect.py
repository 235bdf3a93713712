"""Tests of `countersign protect`: each step, whether it is done, and the exit status."""

import json

from tests.cli.running_server import ROOM_ID, put_in_room


def states(done):
    (room,) = json.loads(done.out)["rooms"]
    return {each["step"]: each["state"] for each in room["steps"]}


def test_a_room_that_names_us_is_protected_once_it_has_asked(home, start):
    policy = json.loads(home.run("keys", "--json").out)["m.room.policy"]
    put_in_room(home, room_policy=policy, via=())
    server = start(home)

    before = home.run("protect", ROOM_ID, "--json")
    server.ask("hello")
    after = home.run("protect", ROOM_ID)

    assert before.status == 0
    assert json.loads(before.out)["is_protected"] is True
    assert (states(before)["named"], states(before)["asked"]) == ("done", "later")
    assert after.out.splitlines()[0] == ROOM_ID
    assert "DONE  asked     The last event that we decided on is 0 minutes old." in after.out


def test_each_missing_step_comes_with_advice(home, start):
    put_in_room(home, via=())
    start(home)

    done = home.run("protect", ROOM_ID)
    applied = home.run("protect", ROOM_ID, "--apply")
    unknown = home.run("protect", "!nowhere:localhost.invalid", "--json")
    wrong = home.run("protect", "room")

    assert (done.status, applied.status, unknown.status, wrong.status) == (1, 1, 1, 1)
    assert "todo  named" in done.out.lower()
    assert "into the room's settings (Element)" in done.out
    assert "power" in applied.out
    assert states(unknown)["joined"] == "todo"
    assert "a room's ID or alias" in wrong.err
