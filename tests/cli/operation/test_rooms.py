"""Tests of `countersign rooms`: requests to the running server, and its output."""

import json
import os
import signal
import socket
import subprocess
import threading

import pytest

from tests.cli.conftest import COMMAND
from tests.cli.running_server import ROOM_ID, ServerInRoom
from tests.interrupts import heed_ctrl_c
from tests.waiting import PATIENCE_SECONDS


@pytest.mark.parametrize(
    "command",
    [
        ("list",),
        ("join", "!room:example.org", "--via", "example.org"),
        ("leave", "!room:example.org"),
        ("rejoin", "!room:example.org"),
        ("check", "!room:example.org"),
    ],
)
def test_the_error_without_a_server_says_how_to_start_one(home, command):
    done = home.run("rooms", *command)

    assert done.status == 1
    assert done.err.splitlines() == [
        "Error: The server of policy.example.com is not running.",
        f"Start it with: countersign serve --config {home.config}",
    ]


class TestWithAServer(ServerInRoom):
    def test_rooms_are_listed_with_what_needs_an_eye(self, home, server):
        assert "m.room.policy" in home.run("rooms", "list").out

        (room,) = json.loads(home.run("rooms", "list", "--json").out)
        assert room["room_id"] == ROOM_ID
        assert [alert["kind"] for alert in room["alerts"]] == ["not-named"]
        assert room["community"] == "default"

    def test_a_raid_is_shown_with_the_rooms_until_it_ends(self, home, server):
        (room,) = json.loads(home.run("rooms", "list", "--json").out)
        assert (room["raid"], room["dropped_steps"], room["may_redact"]) == (None, [], False)
        assert "raid mode" not in home.run("doctor").out

        home.run("raid", "on", "--for", "2h", "--because", "spam wave")
        assert "spam wave" in home.run("rooms", "list").out
        assert f"countersign raid off --config {home.config} --community default" in (
            home.run("doctor").out
        )

        home.run("raid", "off")
        assert "spam wave" not in home.run("rooms", "list").out

    def test_each_room_has_its_community_and_what_is_not_found_is_said(self, home, start):
        folder = home.folder / "communities"
        folder.mkdir(exist_ok=True)
        document = f'filters: []\nrooms: ["{ROOM_ID}", "#lounge:127.0.0.1:1"]\n'
        (folder / "garden.yaml").write_text(document)
        start(home)

        done = home.run("rooms", "list")

        assert "garden" in done.out
        assert "No rooms are known of #lounge:127.0.0.1:1" in done.err
        assert "No rooms are known of #lounge:127.0.0.1:1" in home.run("doctor").out
        for command in ("list", "status"):
            told = home.run("policy", command).err
            assert "No rooms are known of #lounge:127.0.0.1:1" in told

    def test_a_failed_command_ends_with_1_and_the_servers_message(self, home, server):
        strange = home.run("rooms", "leave", "!strange:example.org")
        unreachable = home.run("rooms", "join", "!a:127.0.0.1", "--via", "127.0.0.1:1")

        assert strange.status == unreachable.status == 1
        assert strange.err.splitlines()[-1].startswith("Error: ")
        assert "127.0.0.1:1" in unreachable.err
        assert "Traceback" not in strange.err + unreachable.err

    def test_a_room_is_joined_again_or_checked_if_it_is_ours(self, home, server):
        for verb in ("rejoin", "check"):
            done = home.run("rooms", verb, "!strange:example.org")

            assert done.status == 1
            assert "!strange:example.org" in done.err
        checked = home.run("rooms", "check", ROOM_ID)
        assert checked.status == 0
        assert ROOM_ID in checked.out

    def test_a_lost_token_is_told(self, home, server):
        (home.folder / "admin.token").unlink()

        done = home.run("rooms", "list")

        assert done.status == 1
        assert "admin.token cannot be read" in done.err

    def test_another_token_opens_nothing(self, home, server):
        (home.folder / "admin.token").write_text("guess")

        done = home.run("rooms", "list")

        assert done.status == 1
        assert "Bearer" in done.err


def test_nobody_but_the_running_server_is_shown_the_token(home, start):
    """After a crash somebody else may listen where the note of the old server points."""
    server = start(home)
    note = (home.folder / "admin.address").read_text()
    server.kill()
    host, _, port = note.strip().rpartition(":")
    with socket.create_server((host, int(port))) as stranger:
        stranger.settimeout(0.5)

        done = home.run("rooms", "list")

        assert done.status == 1
        assert "is not running" in done.err
        with pytest.raises(TimeoutError):
            stranger.accept()


def test_an_interrupted_join_says_that_the_server_goes_on(home, start):
    home.set(federation={"allow_networks": ["127.0.0.0/8"]})
    start(home)
    asked = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as silent:

        def take():
            connection, _ = silent.accept()
            asked.set()
            over.wait(30)
            connection.close()

        over = threading.Event()
        thread = threading.Thread(target=take)
        thread.start()
        via = f"127.0.0.1:{silent.getsockname()[1]}"
        joining = subprocess.Popen(
            [*COMMAND, "rooms", "join", "!a:example.org", "--via", via, "-c", str(home.config)],
            stderr=subprocess.PIPE,
            text=True,
            env=dict(os.environ),
            preexec_fn=heed_ctrl_c,
        )
        assert asked.wait(30)
        joining.send_signal(signal.SIGINT)
        _, said = joining.communicate(timeout=PATIENCE_SECONDS)
        over.set()
        thread.join()

    assert joining.returncode == 130, said
    assert "The server goes on with it." in said
    assert "Traceback" not in said
