"""Tests of `countersign lists`."""

import json

import pytest

from tests.cli.running_server import ROOM_ID, ServerInRoom

LIST = "!list:example.org"


@pytest.mark.parametrize("command", [("show",), ("preview", ROOM_ID)])
def test_the_error_without_a_server_says_how_to_start_one(home, command):
    done = home.run("lists", *command)

    assert done.status == 1
    assert "is not running" in done.err


class TestWithAServer(ServerInRoom):
    def test_a_policy_without_lists_shows_none(self, home, server):
        assert "No policy follows a list" in home.run("lists", "show").out
        assert "follows a list" in home.run("lists", "preview", ROOM_ID).out

    def test_a_list_that_is_not_joined_is_shown_as_that(self, home, start):
        home.policy.write_text(f"filters: [policy-list: {{lists: ['{LIST}', '{ROOM_ID}']}}]")
        start(home)

        shown = json.loads(home.run("lists", "show", "--json").out)
        assert [(each["list_id"], each["is_followed"]) for each in shown] == [
            (LIST, False),
            (ROOM_ID, True),
        ]
        other = home.run("lists", "show", "--community", "other", "--json")
        assert (other.status, other.out) == (1, "")
        assert "There is no community 'other'; there is default." in other.err
        assert "not joined" in home.run("lists", "show").out
        assert json.loads(home.run("lists", "preview", ROOM_ID, "--json").out) == []

    def test_a_room_that_nobody_is_in_has_no_preview(self, home, server):
        done = home.run("lists", "preview", LIST)

        assert done.status == 1
        assert f"rooms join --config {home.config} '{LIST}' --via SERVER" in done.err
