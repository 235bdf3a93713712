"""Playbooks played through: the situation on a running server, and the commands of its page."""

import json

import pytest

from tests.cli.conftest import make_home
from tests.cli.running_server import PEER, ROOM_ID, put_in_room

MALLORY, ALICE = PEER.user("mallory"), PEER.user("alice")


@pytest.fixture
def server(home, start):
    put_in_room(home)
    home.refuse_words("watches")
    home.set(policies={"source": "database"})
    return start(home)


def say(server, body, depth, sender=ALICE):
    """Have somebody say something; return the status, and the reference of a refusal."""
    content = {"msgtype": "m.text", "body": body}
    event = PEER.event(content=content, room_id=ROOM_ID, depth=depth, sender=sender)
    status, answer = server.ask_event(event)
    return status, answer.get("org.countersign.reference")


def ok(home, *command, **environment):
    done = home.run(*command, **environment)
    assert done.status == 0, (command, done.err)
    return done.out


def test_a_storm_of_false_positives(home, server):
    """docs/playbooks/false-positive-storm.md: a changed policy refuses what everybody says."""
    assert say(server, "good morning", 10)[0] == 200
    wrong = home.folder / "new.yaml"
    wrong.write_text('filters: [{keyword: {words: ["morning"]}}]\n')
    ok(home, "policy", "activate", wrong, "--note", "mornings")
    storm = [say(server, f"good morning {each}", 20 + each) for each in range(5)]
    assert {status for status, _ in storm} == {400}

    (step,) = json.loads(ok(home, "decisions", "stats", "--since", "1h", "--json"))["steps"]
    assert (step["step"], step["refused"]) == ("keyword", 5)
    listed = json.loads(
        ok(home, "decisions", "list", "--verdict", "refuse", "--since", "1h", "--json")
    )
    assert {each["reference"] for each in listed} == {reference for _, reference in storm}
    assert "morning" in ok(home, "decisions", "why", storm[0][1])
    assert "mornings" in ok(home, "policy", "list")
    ok(home, "policy", "rollback", "--note", "refuses honest people")

    assert say(server, "good morning to all", 40)[0] == 200
    assert say(server, "good morning 0", 20)[0] == 400, "the first decision on an event stands"
    assert say(server, "good morning 0", 41)[0] == 200, "sent again, it is another event"
    assert say(server, "cheap watches", 42)[0] == 400
    ok(home, "guard", "list")
    ok(home, "mutes", "list")


def test_a_step_that_is_wrong_only_records(home, server):
    """The same page, where one step is to blame and the rest of the policy is right."""
    reference = say(server, "swiss watches are dear", 10)[1]
    wrong = home.folder / "new.yaml"
    wrong.write_text('filters: [{keyword: {words: ["watches"]}, mode: shadow}]\n')

    home.run("policy", "diff", wrong)
    ok(home, "policy", "activate", wrong, "--note", "adverts only records")

    assert say(server, "swiss watches are dear indeed", 11)[0] == 200
    ok(home, "decisions", "allow", reference, "--for", "24h")
    (step,) = json.loads(ok(home, "decisions", "stats", "--since", "1h", "--json"))["steps"]
    assert (step["refused"], step["shadow"], step["allowed"]) == (1, 1, 1)


def test_a_moderators_account_was_taken_over(home, server):
    """docs/playbooks/hijacked-moderator.md: a thief with Mira's token is shut out and undone."""
    made = json.loads(
        ok(home, "tokens", "create", "--name", "mira", "--role", "moderator", "--community",
           "default", "--json")
    )  # fmt: skip
    token = home.folder / "mira.token"
    token.write_text(made["token"])
    token.chmod(0o600)
    as_mira = {"COUNTERSIGN_TOKEN_FILE": str(token)}
    reference = say(server, "cheap watches", 10, MALLORY)[1]
    ok(home, "decisions", "allow", reference, **as_mira)
    ok(home, "trust", "set", ALICE, "banned", "--reason", "ha", **as_mira)
    assert say(server, "cheap watches", 11, MALLORY)[0] == 200
    assert say(server, "what is going on", 12, ALICE)[0] == 400

    ok(home, "freeze", "mira", "--reason", "taken over tonight")

    shut_out = home.run("trust", "set", ALICE, "banned", "--reason", "ha", **as_mira)
    assert shut_out.status == 1
    entries = json.loads(ok(home, "audit", "list", "--by", "mira", "--since", "7d", "--json"))
    assert {each["command"] for each in entries} >= {"decisions allow", "trust set"}
    ok(home, "undo", "--by", "mira", "--since", "7d")
    assert say(server, "still shut out", 13, ALICE)[0] == 400, "it was only told"
    ok(home, "undo", "--by", "mira", "--since", "7d", "--yes")
    assert say(server, "back again", 14, ALICE)[0] == 200
    assert say(server, "cheap watches", 15, MALLORY)[0] == 400
    ok(home, "decisions", "list", "--outcome", "allowed", "--since", "7d")
    ok(home, "tokens", "revoke", "mira")
    new = ("--name", "mira-2", "--role", "moderator", "--community", "default", "--expires", "90d")
    assert json.loads(ok(home, "tokens", "create", *new, "--json"))["token"] != made["token"]
    assert home.run("decisions", "list", **as_mira).status == 1


def test_a_raid_at_night(home, start):
    """docs/playbooks/raid-at-night.md: a wave is met with raid mode, and honest people go on."""
    put_in_room(home)
    home.policy.write_text(
        'preset: newcomer-safe\nfilters: [{name: adverts, keyword: {words: ["watches"]}}]\n'
    )
    server = start(home)
    ok(home, "trust", "set", ALICE, "member", "--reason", "has been here for years")
    ok(home, "raid", "status")
    ok(home, "raid", "on", "--for", "2h", "--because", "a wave of adverts since 02:10")
    wave = [PEER.user(f"wave{number}") for number in range(5)]
    for number, sender in enumerate(wave):
        assert say(server, "swiss watches, buy now", 100 + number, sender)[0] == 400

    ok(home, "raid", "on", "--strict", "--because", "ten minutes to look")

    status, newcomers = say(server, "something else entirely", 120, PEER.user("newcomer"))
    assert (status, newcomers is not None) == (400, True)
    assert say(server, "what a night", 121, ALICE)[0] == 200
    refused = json.loads(
        ok(home, "decisions", "list", "--verdict", "refuse", "--since", "1h", "--json")
    )
    assert {*wave, PEER.user("newcomer")} == {each["sender"] for each in refused}
    ok(home, "raid", "off")
    assert say(server, "something else entirely", 122, PEER.user("newcomer"))[0] == 200


def test_our_server_is_down_and_comes_back_elsewhere(home, server, start, tmp_path):
    """docs/playbooks/our-server-is-down.md: the same name, keys and last backup go on."""
    signed = say(server, "hello", 10)
    refused = say(server, "cheap watches", 11)
    backup = tmp_path / "backup.db"
    ok(home, "database", "backup", backup)
    server.kill()

    elsewhere = make_home(home.folder, tmp_path / "another-machine")
    for file in elsewhere.folder.glob("countersign.db*"):
        file.unlink()
    ok(elsewhere, "database", "restore", backup)
    again = start(elsewhere)

    assert say(again, "hello", 10) == signed
    assert say(again, "cheap watches", 11) == refused
    assert say(again, "good to be back", 12)[0] == 200
    ok(elsewhere, "leaks", "list")
