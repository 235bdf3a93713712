"""Tests of `policies: {source: database}`: commands change the policies in force, files wait."""

import json

import pytest

from tests.cli.running_server import put_in_room

LOTTERY = 'filters: [{keyword: {words: ["lottery"]}}]\n'
POKER = 'filters: [{keyword: {words: ["poker"]}}]\n'


@pytest.fixture
def home(home):
    home.set(policies={"source": "database"})
    home.refuse_words("cheap watches")
    put_in_room(home)
    return home


def write(tmp_path, text):
    file = tmp_path / "new.yaml"
    file.write_text(text)
    return file


def history(home):
    return [each["what"] for each in json.loads(home.run("policy", "list", "--json").out)]


def test_a_file_that_differs_waits_until_it_is_taken_over(home, start):
    assert start(home).terminate() == 0
    home.policy.write_text(LOTTERY)

    server = start(home)

    assert server.wait_for_log("policy files differ from what is in force")["communities"] == [
        "default"
    ]
    assert server.ask("cheap watches", depth=11)[0] == 400
    assert server.ask("the lottery", depth=12)[0] == 200
    status = home.run("policy", "status")
    assert status.status == 1
    assert f"{home.policy} was changed and is not in force yet." in status.err

    assert home.run("policy", "reload").status == 0

    assert server.ask("the lottery again", depth=13)[0] == 400
    assert home.run("policy", "status").status == 0
    assert history(home) == ["loaded", "loaded"]


def test_an_activated_policy_leaves_the_file_and_outlives_a_restart(home, start, tmp_path):
    before = home.policy.read_text()
    server = start(home)

    done = home.run("policy", "activate", write(tmp_path, LOTTERY), "--note", "lotteries")

    assert (done.status, done.err) == (0, "")
    assert home.policy.read_text() == before
    assert home.run("policy", "status").status == 0
    assert home.run("policy", "reload").status == 0  # the file has nothing new to say
    checks = json.loads(home.run("doctor", "--json").out)["checks"]
    (said,) = [each["message"] for each in checks if each["name"] == "in force"]
    assert said == "The running server has 1 policy in force; changed by command: default."
    assert server.ask("the lottery", depth=11)[0] == 400
    assert server.terminate() == 0
    assert start(home).ask("the lottery again", depth=12)[0] == 400
    assert home.run("policy", "show").out == LOTTERY


def test_rolling_back_again_and_again_leads_to_the_first(home, start, tmp_path):
    server = start(home)
    home.run("policy", "activate", write(tmp_path, LOTTERY))
    home.run("policy", "activate", write(tmp_path, POKER))
    assert server.ask("poker", depth=11)[0] == 400

    assert home.run("policy", "rollback").status == 0
    assert server.ask("the lottery", depth=12)[0] == 400
    assert home.run("policy", "rollback").status == 0
    assert server.ask("cheap watches", depth=13)[0] == 400

    last = home.run("policy", "rollback")
    assert last.status == 1
    assert "holds no earlier policy" in last.err
    assert history(home) == ["rolled back", "rolled back", "activated", "activated", "loaded"]


def test_a_broken_file_is_no_concern_of_a_server_that_takes_none(home, start):
    assert start(home).terminate() == 0
    home.policy.write_text("filters: [keywrd]")

    server = start(home)

    assert server.ask("cheap watches")[0] == 400
    reloaded = home.run("policy", "reload")
    assert reloaded.status == 1
    assert "keywrd" in reloaded.err
    assert server.ask("more cheap watches", depth=11)[0] == 400


def test_without_a_server_commands_change_what_the_next_start_finds(home, start, tmp_path):
    assert start(home).terminate() == 0

    assert home.run("policy", "activate", write(tmp_path, LOTTERY)).status == 0
    assert home.run("policy", "activate", write(tmp_path, POKER)).status == 0
    assert home.run("policy", "rollback").status == 0

    assert start(home).ask("the lottery")[0] == 400


def test_a_document_with_mistakes_changes_nothing(home, start, tmp_path):
    server = start(home)

    done = home.run("policy", "activate", write(tmp_path, 'rooms: ["!a:b.c"]\nfilters: []'))

    assert done.status == 1
    assert "no rooms: this policy is for all others" in done.err
    assert server.ask("cheap watches")[0] == 400
    assert history(home) == ["loaded"]
