"""Tests of tokens, freezing, the audit log and undo, by command line, with and without a server."""

import fcntl
import json
import os

import pytest

from countersign.config import read_config
from tests.cli.running_server import PEER, ROOM_ID, put_in_room

ALICE = PEER.user()
MALLORY = "@mallory:example.org"


def commands(home):
    """Return the audit log, the oldest entry first, as (actor, command, subject, result)."""
    entries = json.loads(home.run("audit", "list", "--json").out)
    return [
        (each["actor"], each["command"], each["subject"], each["result"])
        for each in reversed(entries)
    ]


@pytest.fixture
def home(home):
    put_in_room(home)
    home.refuse_words("watches")
    return home


@pytest.fixture
def with_token(home, tmp_path):
    """Make a token; return what runs commands with it."""

    def make(*options):
        made = home.run("tokens", "create", *options, "--json")
        assert made.status == 0, made.err
        file = tmp_path / "token"
        file.write_text(json.loads(made.out)["token"])
        return lambda *arguments: home.run(*arguments, COUNTERSIGN_TOKEN_FILE=str(file))

    return make


def test_a_moderator_with_a_token_does_what_they_may_until_they_are_frozen(home, start, with_token):
    server = start(home)
    assert server.ask("cheap watches", depth=10)[0] == 400
    options = ("--name", "bob", "--role", "moderator", "--community", "default", "--expires", "1d")
    as_bob = with_token(*options)

    listed = as_bob("decisions", "list", "--json")
    (decision,) = json.loads(listed.out)
    set_level = as_bob("trust", "set", MALLORY, "banned", "--reason", "spam")
    not_theirs = as_bob("rooms", "leave", ROOM_ID)
    allowed = as_bob("decisions", "allow", decision["reference"])
    assert server.ask("cheap watches", depth=11)[0] == 200
    frozen = home.run("freeze", "bob", "--reason", "a stolen laptop")
    afterwards = as_bob("decisions", "list")
    would_be = home.run("undo", "--by", "bob", "--since", "1h")
    undone = home.run("undo", "--by", "bob", "--since", "1h", "--yes")
    assert server.ask("cheap watches", depth=12)[0] == 400

    assert (set_level.status, allowed.status, frozen.status) == (0, 0, 0)
    assert not_theirs.status == 1
    assert "needs the role operator" in not_theirs.err
    assert (afterwards.status, undone.status) == (1, 0)
    assert "a valid token" in afterwards.err
    assert "say the same with --yes" in would_be.out
    assert json.loads(home.run("trust", "list", "--json").out) == []
    stats = json.loads(home.run("decisions", "stats", "--json").out)
    assert stats["steps"][0]["allowed"] == 0
    listed = home.run("tokens", "list").out
    assert "moderator in default" in listed
    assert "a stolen laptop" in listed
    log = commands(home)
    assert [entry for entry in log if entry[0] == "bob"] == [
        ("bob", "trust set", MALLORY, "done"),
        ("bob", "decisions allow", decision["reference"], "done"),
    ]
    assert ("operator", "freeze", "bob", "done") in log
    assert [entry[2] for entry in log if entry[1] == "undo"] == [decision["reference"], MALLORY]


def test_without_a_server_the_same_commands_work_and_the_server_takes_them_up(home, start):
    server = start(home)
    assert server.ask("cheap watches", depth=10)[0] == 400
    assert server.terminate() == 0
    (decision,) = json.loads(home.run("decisions", "list", "--json").out)

    done = [
        home.run(*command)
        for command in (
            ("decisions", "show", decision["reference"]),
            ("decisions", "why", decision["reference"]),
            ("decisions", "stats"),
            ("leaks", "list"),
            ("trust", "show", ALICE),
            ("trust", "set", MALLORY, "banned"),
            ("trust", "list"),
            ("raid", "on", "--for", "2h"),
            ("raid", "status"),
            ("guard", "list"),
            ("decisions", "allow", decision["reference"]),
            ("tokens", "create", "--name", "bob", "--role", "operator"),
            ("tokens", "revoke", "bob"),
            ("tokens", "list"),
            ("freeze", "carol"),
            ("unfreeze", "carol"),
            ("undo", "--by", "nobody", "--since", "1h"),
            ("audit", "list"),
        )
    ]
    wrong = [each for each in done if each.status or (each.err and "Note:" not in each.err)]
    assert wrong == []
    assert "moderator" in done[4].out
    assert "in raid mode" in done[8].out

    server = start(home)
    assert server.ask("cheap watches", depth=11)[0] == 200
    (raid,) = json.loads(home.run("raid", "status", "--json").out)
    (given,) = json.loads(home.run("trust", "list", "--json").out)
    assert (raid["community"], given["user_id"]) == ("default", MALLORY)
    assert ("offline", "raid on", None, "done") in commands(home)
    assert ("offline", "decisions why", decision["reference"], "done") in commands(home)


def test_freezing_an_unknown_name_says_that_it_may_be_misspelled(home):
    assert home.run("database", "migrate").status == 0
    assert home.run("tokens", "create", "--name", "bob", "--role", "operator").status == 0

    known, unknown = home.run("freeze", "bob"), home.run("freeze", "bbo")

    assert (known.status, known.err) == (0, "")
    assert unknown.status == 0
    assert "no token is called bbo" in unknown.err
    assert "tokens list" in unknown.err


def test_mistakes_are_reported_without_a_server_too(home):
    assert home.run("database", "migrate").status == 0

    unknown = home.run("decisions", "why", "7F3K9-QX2MB")
    community = home.run("trust", "set", MALLORY, "banned", "--community", "elsewhere")
    role = home.run("tokens", "create", "--name", "bob", "--role", "read")

    assert (unknown.status, community.status, role.status) == (1, 1, 1)
    assert "No decision is known by '7F3K9-QX2MB'" in unknown.err
    assert "There is no community 'elsewhere'; there is default." in community.err
    assert "Name the communities" in role.err


def test_nothing_is_changed_in_a_database_that_is_not_there(tmp_path, home):
    for file in home.folder.glob("countersign.db*"):
        file.unlink()

    done = home.run("raid", "on")

    assert done.status == 1
    assert "There is no database" in done.err
    assert "countersign database migrate" in done.err
    assert home.run("decisions", "list").out == "No decisions yet.\n"


def test_a_server_that_does_not_answer_is_not_passed_by(home):
    """A program that holds the lock may be a server that hangs: its database is not touched."""
    settings = read_config(home.config)
    settings.path(settings.admin.token_file).write_text("a-token")
    address = settings.admin_address_file
    descriptor = os.open(address, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        os.pwrite(descriptor, b"127.0.0.1:1\n", 0)
        done = [home.run("trust", "set", MALLORY, "banned"), home.run("decisions", "list")]
    finally:
        os.close(descriptor)

    assert [each.status for each in done] == [1, 1]
    assert all("broke off, or does not answer at 127.0.0.1:1" in each.err for each in done)
    assert json.loads(home.run("trust", "list", "--json").out) == []


def test_commands_without_a_token_are_audited_too(home, start):
    words = home.policy.read_text()
    home.policy.write_text(words.replace("watches", "clocks"))
    without_server = home.run("policy", "activate", home.policy, "--note", "clocks now")
    server = start(home)
    home.policy.write_text(words)
    server.hang_up()
    server.wait_for(lambda: ("server", "policy reload", None, "done") in commands(home))
    purged = home.run("archive", "purge", "--user", MALLORY)
    server.terminate()
    purged_without_server = home.run("archive", "purge", "--room", ROOM_ID)

    assert (without_server.status, purged.status, purged_without_server.status) == (0, 0, 0)
    log = [entry for entry in commands(home) if "list" not in entry[1]]
    assert log == [
        ("offline", "policy activate", None, "done"),
        ("server", "policy reload", None, "done"),
        ("operator", "archive purge", None, "done"),
        ("offline", "archive purge", ROOM_ID, "done"),
    ]
