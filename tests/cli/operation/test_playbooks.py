"""The playbooks: each situation on a running server, and the commands of its page."""

import json
import re
from pathlib import Path

import pytest
import yaml

from tests.cli.conftest import make_home, run_command
from tests.cli.operation.test_keys import is_signed_by, names_us_with
from tests.cli.operation.test_keys import public_key as policy_key
from tests.cli.running_server import PEER, ROOM_ID, put_in_room

PLAYBOOKS = Path(__file__).parents[3] / "docs" / "playbooks"
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


def send(server, content, depth, sender=ALICE):
    """Have somebody send a message of any kind; return the status."""
    event = PEER.event(content=content, room_id=ROOM_ID, depth=depth, sender=sender)
    return server.ask_event(event)[0]


def picture(number):
    return {
        "msgtype": "m.image",
        "body": f"{number}.png",
        "url": f"mxc://example.com/picture{number}",
        "info": {"mimetype": "image/png", "size": 50_000, "w": 800, "h": 600},
    }


def ask(server, body, depth):
    """Have Alice say something that passes; return the answer and the event."""
    event = PEER.event(content={"msgtype": "m.text", "body": body}, room_id=ROOM_ID, depth=depth)
    status, answer = server.ask_event(event)
    assert status == 200, answer
    return answer, event


def policy_on(page, home):
    """Return a file with the whole policy that a playbook shows."""
    text = (PLAYBOOKS / page).read_text()
    (fence,) = re.findall(r"^```yaml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    file = home.folder / "new.yaml"
    file.write_text(fence)
    return file


def test_a_flood_of_pictures(home, start):
    """docs/playbooks/image-flood.md: nobody's pictures pass until it is over, but words do."""
    put_in_room(home)
    home.policy.write_text("preset: newcomer-safe\n")
    home.set(policies={"source": "database"})
    server = start(home)
    ok(home, "trust", "set", ALICE, "member", "--reason", "has been here for years")
    ok(home, "raid", "on", "--strict", "--because", "a flood of pictures")
    flood = [PEER.user(f"flood{number}") for number in range(5)]
    for number, sender in enumerate(flood):
        assert send(server, picture(number), 10 + number, sender) == 400
    assert send(server, picture(50), 20, ALICE) == 200, "a member may, in raid mode"

    new = policy_on("image-flood.md", home)
    assert run_command("policy", "check", new).status == 0
    ok(home, "policy", "activate", new, "--note", "no media tonight")

    assert send(server, picture(51), 21, ALICE) == 400
    assert say(server, "what was that", 22, ALICE)[0] == 200
    ok(home, "leaks", "list")
    refused = json.loads(ok(home, "decisions", "list", "--since", "1h", "--sender", flood[0],
                            "--json"))  # fmt: skip
    assert [each["verdict"] for each in refused] == ["refuse"]
    ok(home, "trust", "set", flood[0], "banned", "--reason", "the pictures of tonight")
    ok(home, "policy", "rollback", "--note", "media again")
    ok(home, "raid", "off")
    assert send(server, picture(52), 23, ALICE) == 200
    assert say(server, "hello again", 24, flood[0])[0] == 400, "the ban stays"


def test_doxxing(home, start):
    """docs/playbooks/doxxing.md: number and street are refused whoever posts them."""
    put_in_room(home)
    home.policy.write_text("preset: newcomer-safe\n")
    home.set(policies={"source": "database"}, archive={"is_on": True})
    server = start(home)
    for person in (MALLORY, ALICE):
        ok(home, "trust", "set", person, "member", "--reason", "has been here for years")
    number, street = "call her at +1 500 555 0006", "she lives at 12 Example Street, ring twice"
    assert say(server, number, 10, MALLORY)[0] == 200
    ok(home, "indicators", "add", "+15005550006", "--for", "90d")
    assert say(server, number, 11, MALLORY)[0] == 400
    assert say(server, "is it +1-500-555-0006 then", 12, ALICE)[0] == 400, "whoever posts it"

    new = policy_on("doxxing.md", home)
    assert run_command("policy", "check", new).status == 0
    ok(home, "policy", "activate", new, "--note", "somebody's address")

    assert say(server, street, 13, MALLORY)[0] == 400
    assert say(server, street.upper(), 14, ALICE)[0] == 400
    assert say(server, "leave her alone", 15, ALICE)[0] == 200
    ok(home, "leaks", "list")
    listed = json.loads(
        ok(home, "decisions", "list", "--since", "1d", "--sender", MALLORY, "--json")
    )
    assert {"refuse", "sign"} >= {each["verdict"] for each in listed} > set()
    ok(home, "trust", "set", MALLORY, "banned", "--reason", "doxxing")
    ok(home, "archive", "purge", "--user", MALLORY)
    ok(home, "privacy", "erase", MALLORY, "--yes")
    assert say(server, "you cannot stop me", 16, MALLORY)[0] == 400, "the ban stays"
    left = json.loads(ok(home, "decisions", "list", "--since", "1d", "--sender", MALLORY, "--json"))
    assert len(left) == 1, "what was known of them is gone, but for what came after it"

    ok(home, "policy", "rollback", "--note", "the address is out of the policy again")
    ok(home, "audit", "list", "--since", "1d")
    assert say(server, "the baker at 12 Example Street is open", 17, ALICE)[0] == 200


def test_the_policy_key_leaked(home, start):
    """docs/playbooks/leaked-policy-key.md: rooms go on with the old key, and come to the new."""
    old = policy_key(home)
    put_in_room(home, room_policy=names_us_with(old))
    home.refuse_words("watches")
    server = start(home)
    assert is_signed_by(old, *ask(server, "good morning", 10))

    printed = ok(home, "keys", "rotate", "--leaked")
    section = re.search(r"^ *keys:\n(?: +\S.*\n)+", printed, re.MULTILINE)[0]
    home.set(keys=yaml.safe_load(section)["keys"])
    server.terminate()
    server = start(home)

    new = policy_key(home)
    assert new != old
    assert f"leaked key   ed25519:policy_server {old}" in ok(home, "keys")
    assert is_signed_by(old, *ask(server, "this room works on", 11)), "it lists the old key"
    doctor = home.run("doctor")
    assert (doctor.status, "leaked" in doctor.out + doctor.err) == (1, True)
    assert "leaked-key" in ok(home, "rooms", "list", "--json")
    ok(home, "leaks", "list")
    early = home.run("keys", "retire")
    assert (early.status, ROOM_ID in early.err) == (1, True)
    server.terminate()

    put_in_room(home, room_policy=names_us_with(new))
    server = start(home)
    assert is_signed_by(new, *ask(server, "at home again", 12))
    assert "leaked-key" not in ok(home, "rooms", "list", "--json")
    assert "leaked_policy" not in ok(home, "keys", "retire")
