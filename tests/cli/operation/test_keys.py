"""Tests of `countersign keys`: replacing the policy key without breaking a room."""

import json
import stat

import pytest

from countersign.protocol import unpadded_base64
from countersign.protocol.events.pdu import parse_pdu
from countersign.protocol.keys.signing_keys import VerifyKey
from countersign.protocol.room_versions import get_room_version
from countersign.protocol.rooms.policy_servers import carried_policy_signature_is_valid
from tests.cli.conftest import NAME
from tests.cli.running_server import PEER, ROOM_ID, put_in_room
from tests.waiting import PATIENCE_SECONDS


def public_key(home):
    return json.loads(home.run("keys", "--json").out)["policy_key"]["ed25519:policy_server"]


def names_us_with(key):
    return {"via": NAME, "public_keys": {"ed25519": key}}


def rotate(home, *options):
    """Make a new key, and put into the settings what the command says."""
    said = json.loads(home.run("keys", "rotate", "--json", *options).out)
    home.set(**said["settings"])
    return said


def is_signed_by(key, answer, event):
    signatures = answer[NAME]
    assert signatures.keys() == {"ed25519:policy_server"}
    pdu = parse_pdu({**event, "signatures": answer}, get_room_version("11"))
    verify_key = VerifyKey("ed25519:policy_server", unpadded_base64.decode(key))
    return carried_policy_signature_is_valid(pdu, NAME, verify_key)


def message(body):
    return PEER.event(content={"msgtype": "m.text", "body": body}, room_id=ROOM_ID, depth=10)


def test_nothing_uses_a_new_key_until_the_settings_name_it(home):
    before = public_key(home)
    key_files = sorted((home.folder / "keys").iterdir())
    contents = [file.read_text() for file in key_files]

    said = home.run("keys", "rotate")

    new = home.folder / "keys/policy-2.signing.key"
    assert said.status == 0
    assert "policy: keys/policy-2.signing.key" in said.out
    assert "former_policy: [keys/policy.signing.key]" in said.out
    assert stat.S_IMODE(new.stat().st_mode) == 0o600
    assert [file.read_text() for file in key_files] == contents
    assert public_key(home) == before


def test_asked_again_it_shows_the_same_key_and_overwrites_none(home):
    first = json.loads(home.run("keys", "rotate", "--json").out)
    again = json.loads(home.run("keys", "rotate", "--json").out)
    leaked = json.loads(home.run("keys", "rotate", "--leaked", "--json").out)

    assert again == first
    assert leaked["file"].endswith("keys/policy-3.signing.key")
    assert leaked["public_key"] != first["public_key"]
    assert leaked["settings"]["keys"]["leaked_policy"] == ["keys/policy.signing.key"]


def test_rotating_again_makes_another_key(home):
    keys = [public_key(home)]
    for number in (2, 3):
        said = rotate(home)
        assert said["file"].endswith(f"policy-{number}.signing.key")
        keys.append(public_key(home))

    shown = json.loads(home.run("keys", "--json").out)["policy_keys"]
    assert [key["public_key"] for key in shown] == keys[::-1]
    assert [key["standing"] for key in shown] == ["current", "former", "former"]


def test_options_in_the_wrong_place_are_told(home, countersign):
    done = countersign("keys", "--config", home.config, "rotate")

    assert done.status == 2
    assert "after the command" in done.err


def test_without_the_running_server_nothing_is_retired(home):
    rotate(home)

    assert home.run("keys", "retire").status == 1
    assert "is not running" in home.run("keys", "retire").err


def test_a_room_goes_over_to_the_new_key_without_a_message_that_fails(home, start):
    old = public_key(home)
    put_in_room(home, room_policy=names_us_with(old))
    new = rotate(home)["public_key"]
    server = start(home)

    event = message("while the room lists the old key")
    status, answer = server.ask_event(event)
    assert status == 200
    assert is_signed_by(old, answer, event)
    assert f"listed by 1 room: {ROOM_ID}" in home.run("keys").out
    assert "former-key" in json.dumps(json.loads(home.run("rooms", "list", "--json").out))
    refused = home.run("keys", "retire")
    assert refused.status == 1
    assert ROOM_ID in refused.err
    assert new in refused.err

    server.terminate()
    put_in_room(home, room_policy=names_us_with(new))
    server = start(home)
    status, answer = server.ask_event(event)  # which was decided before
    assert status == 200
    assert is_signed_by(new, answer, event)
    retired = json.loads(home.run("keys", "retire", "--json").out)["settings"]["keys"]
    assert "former_policy" not in retired
    assert retired["retired_policy"] == [old]
    entries = json.loads(home.run("audit", "list", "--json").out)
    written = [
        (each["command"], each["details"]["before"])
        for each in entries
        if each["command"].startswith("keys ")
    ]
    assert written == [
        ("keys retire", [old]),
        ("keys rotate", old),
    ]
    server.terminate()

    home.set(keys=retired)
    (home.folder / "keys/policy.signing.key").unlink()
    server = start(home)
    event = message("after the old key is gone")
    status, answer = server.ask_event(event)
    assert status == 200
    assert is_signed_by(new, answer, event)
    assert f"retired key  ed25519:policy_server {old}\n" in home.run("keys").out


def test_the_well_known_shows_the_new_key(home, start):
    import http.client

    new = rotate(home)["public_key"]
    server = start(home)
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE_SECONDS)
    connection.request("GET", "/.well-known/matrix/policy_server")
    assert json.loads(connection.getresponse().read()) == {"public_keys": {"ed25519": new}}
    connection.close()


def test_a_server_that_was_not_started_again_is_told(home, start):
    start(home)
    rotate(home)

    assert "start it again" in home.run("keys").out
    assert "start it again first" in home.run("keys", "retire").err


def test_a_leaked_key_goes_on_signing_and_is_no_witness_afterwards(home, start):
    old = public_key(home)
    put_in_room(home, room_policy=names_us_with(old))
    rotate(home, "--leaked")
    server = start(home)

    event = message("hello")
    status, answer = server.ask_event(event)
    assert status == 200
    assert is_signed_by(old, answer, event)
    assert "leaked" in server.wait_for_log("leaked")["event"]
    server.terminate()

    put_in_room(home, room_policy=None)
    start(home)
    retired = json.loads(home.run("keys", "retire", old, "--json").out)["settings"]["keys"]
    assert retired.keys() == {"server", "policy"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "there is nothing to retire"),
        (["AAAA"], "name no former or leaked policy key AAAA"),
        (["CURRENT"], "keys rotate"),
    ],
)
def test_a_key_that_cannot_be_retired_is_reported(home, start, arguments, words):
    start(home)
    current = public_key(home)

    done = home.run("keys", "retire", *(current if a == "CURRENT" else a for a in arguments))

    assert done.status == 1
    assert words in done.err
