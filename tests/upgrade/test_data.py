"""An earlier version's database and policy are read completely, and decide as before."""

import json

import pytest

from tests.cli.conftest import start_server
from tests.cli.running_server import PEER, ROOM_ID, RunningServer

CHANGES = {"confirmed_ts", "attempts", "outcome", "tried_ts"}
"""Fields that change while a server runs."""


def assert_holds(new, old, moved_ms, where=""):
    """Assert that every earlier value is still there; values added since are ignored."""
    if isinstance(old, dict):
        for key, value in old.items():
            assert key in new, f"{where}.{key} is gone"
            if key in CHANGES:
                continue
            if (key == "ts" or key.endswith("_ts")) and value:
                assert new[key] == value + moved_ms, f"{where}.{key}"
            else:
                assert_holds(new[key], value, moved_ms, f"{where}.{key}")
    elif isinstance(old, list):
        assert len(new) == len(old), f"{where}: {new}"
        for number, (now, then) in enumerate(zip(new, old, strict=True)):
            assert_holds(now, then, moved_ms, f"{where}[{number}]")
    else:
        assert new == old, where


def test_there_is_something_to_lose(said, asked):
    assert len(asked) > 10
    assert {each["status"] for each in asked} == {200, 400}
    assert len(said["said"]["decisions list"]) > 10
    for command in ("trust list", "raid status", "guard list", "leaks list", "rooms list"):
        assert said["said"][command], command


def test_everything_that_was_there_is_there(upgraded, said, moved_ms):
    home, _ = upgraded
    for command, then in said["said"].items():
        if command == "policy backtest":
            continue

        done = home.run(*command.split(), "--json")

        assert done.status == 0, (command, done)
        assert_holds(json.loads(done.out), then, moved_ms, command)


def test_the_archive_is_there(upgraded, said, moved_ms):
    home, _ = upgraded

    done = home.run("policy", "backtest", home.policy, "--json")

    assert done.status == 0, done
    assert_holds(json.loads(done.out), said["said"]["policy backtest"], moved_ms, "backtest")


def test_earlier_requests_get_the_same_answer(upgraded, asked):
    _, server = upgraded
    for each in asked:
        status, answer = server.ask_event(each["event"])
        assert (status, answer) == (each["status"], answer | each["answer"])


@pytest.fixture
def server(make_home, tmp_path):
    home = make_home(tmp_path)
    server = RunningServer(home, start_server(home))
    server.wait_until_ready()
    yield server
    server.kill()


def test_new_events_are_judged_by_earlier_moderation(server):
    for sender, body, status in (
        ("alice", "hello again", 200),
        ("bob", "where are cheap watches", 200),  # which a moderator allowed
        ("alice", "where are cheap watches", 400),
        ("mallory", "hello again", 400),  # whom a moderator banned
        ("dan", "good morning", 200),  # by a step that the guard dropped
    ):
        event = PEER.event(
            content={"msgtype": "m.text", "body": body},
            sender=PEER.user(sender),
            room_id=ROOM_ID,
            depth=100,
        )

        answer = server.ask_event(event)

        assert answer[0] == status, (sender, body, answer)


def test_the_earlier_policy_is_put_in_force_again(make_home, tmp_path):
    home = make_home(tmp_path)

    done = home.run("policy", "rollback")

    assert done.status == 0, done
    assert "expensive watches" in home.policy.read_text()


def test_a_raid_of_then_is_ended(server):
    done = server.home.run("raid", "off", "--community", "garden")

    assert done.status == 0, done
    assert json.loads(server.home.run("raid", "status", "--json").out) == []


def test_the_database_can_be_migrated_before_the_start(make_home, tmp_path):
    home = make_home(tmp_path)

    assert home.run("database", "migrate").status == 0

    shown = json.loads(home.run("decisions", "list", "--json").out)
    assert len(shown) > 10
