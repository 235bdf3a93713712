"""Tests of `countersign policy status` and `reload`: the files, and the policies in force."""

import json
import shlex

import pytest

from tests.cli.running_server import put_in_room

ADVERTS = "filters:\n  - keyword: {words: [free lunch]}\n    says: No adverts, please.\n"
CLUB = "rooms: ['!club:example.org']\n" + ADVERTS


@pytest.fixture
def server(home, start):
    home.refuse_words("cheap watches")
    put_in_room(home)
    return start(home)


def states(home):
    done = home.run("policy", "status", "--json")
    told = json.loads(done.out)
    assert done.status == (0 if told["is_same"] else 1)
    return {each["name"]: each["state"] for each in told["communities"]}


def pasted(home, words):
    """Run the command that a message ends with, as it stands there."""
    program, *arguments = shlex.split(words.rpartition(": ")[2])
    assert program == "countersign"
    assert arguments[-2:] == ["--config", str(home.config)]
    return home.run(*arguments[:-2])


def test_an_edited_policy_is_told_and_the_command_that_is_named_puts_it_in_force(home, server):
    assert states(home) == {"default": "same"}
    home.policy.write_text(ADVERTS)

    status = home.run("policy", "status")
    assert status.status == 1
    changed, advice = status.err.splitlines()
    assert changed == f"{home.policy} was changed and is not in force yet."
    assert server.ask("free lunch", depth=11)[0] == 200
    reloaded = pasted(home, advice)

    assert reloaded.status == 0
    assert reloaded.out.startswith("In force: default ")
    assert "(before: " in reloaded.out
    assert server.ask("free lunch again", depth=12)[0] == 400
    assert states(home) == {"default": "same"}
    assert "as before" in home.run("policy", "reload").out


def test_every_broken_file_is_named_with_its_mistakes_and_nothing_is_reloaded(home, server):
    communities = home.folder / "communities"
    communities.mkdir()
    (communities / "club.yaml").write_text(CLUB)
    assert states(home) == {"default": "same", "club": "new"}
    assert home.run("policy", "reload").status == 0
    (communities / "club.yaml").write_text("filters: [keywrd]\n")
    (communities / "gone.yaml").write_text(CLUB.replace("club", "gone"))
    home.policy.write_text("filters:\n  - event-size: {max: 1}\n")

    status = home.run("policy", "status").err
    reloaded = home.run("policy", "reload")
    as_json = home.run("policy", "reload", "--json")

    assert states(home) == {"default": "broken", "club": "broken", "gone": "new"}
    for said in (status, reloaded.err):
        assert f"  {home.policy}: line 2: filters[0].event-size" in said
        assert f"  {communities / 'club.yaml'}: line 1: " in said
        assert f"countersign policy check {home.policy}\n" in said
    assert (reloaded.status, as_json.status) == (1, 1)
    assert reloaded.err.startswith("Error: Nothing was reloaded; what was in force stays.\n")
    told = json.loads(as_json.out)
    assert told["is_reloaded"] is False
    assert len(told["mistakes"]) >= 2
    assert server.ask("cheap watches", depth=11)[0] == 400
    checks = json.loads(home.run("doctor", "--json").out)["checks"]
    (in_force,) = [each for each in checks if each["name"] == "in force"]
    assert in_force["outcome"] == "warn"
    assert in_force["remedy"].endswith("countersign policy reload")


def test_files_that_do_not_go_together_and_files_that_are_gone_are_told(home, server):
    communities = home.folder / "communities"
    communities.mkdir()
    (communities / "club.yaml").write_text(CLUB)
    assert home.run("policy", "reload").status == 0
    (communities / "other.yaml").write_text(CLUB)

    conflict = home.run("policy", "status")
    (communities / "other.yaml").unlink()
    (communities / "club.yaml").unlink()
    gone = home.run("policy", "status")

    assert conflict.status == 1
    assert "!club:example.org, which club.yaml has too" in conflict.err
    assert states(home) == {"default": "same", "club": "missing"}
    assert f"{communities / 'club.yaml'} is gone, and its policy still in force." in gone.err
    assert "In force: club gone" in home.run("policy", "reload").out


@pytest.mark.parametrize("command", ["status", "reload"])
def test_the_error_without_a_server_says_how_to_start_one(home, command):
    done = home.run("policy", command)

    assert done.status == 1
    assert f"Start it with: countersign serve --config {home.config}" in done.err


def test_communities_whose_folder_is_gone_wrong_stay_in_force(home, server):
    communities = home.folder / "communities"
    communities.mkdir()
    (communities / "club.yaml").write_text(CLUB)
    assert home.run("policy", "reload").status == 0
    (communities / "club.yaml").unlink()
    communities.rmdir()
    communities.write_text("a file")

    reloaded = home.run("policy", "reload")
    status = home.run("policy", "status")

    for done in (reloaded, status):
        assert done.status == 1
        assert f"policies in {communities} cannot be read: Not a directory." in done.err
    communities.unlink()
    communities.mkdir()
    (communities / "club.yaml").write_text(CLUB)
    assert states(home) == {"default": "same", "club": "same"}


def test_a_file_that_no_community_can_be_called_by_hides_nothing(home, server):
    communities = home.folder / "communities"
    communities.mkdir()
    (communities / "club.yaml").write_text(CLUB)
    (communities / "my club.yaml").write_text(CLUB)

    status = home.run("policy", "status")

    assert status.status == 1
    assert "'my club.yaml': found a name that no community can have" in status.err
    assert states(home) == {"default": "same", "club": "new"}
