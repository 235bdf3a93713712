"""Tests of `countersign privacy`: export and erasure of a person, with and without a server."""

import json
import sqlite3
import subprocess
from contextlib import closing
from urllib.parse import quote

import pytest

from tests.cli.conftest import COMMAND
from tests.cli.folders import files_that_hold
from tests.cli.running_server import PEER, ROOM_ID, put_in_room

ALICE = PEER.user()
EVE = PEER.user("eve.with.a.long.name")


@pytest.fixture
def home(home):
    put_in_room(home)
    home.refuse_words("watches")
    home.set(archive={"is_on": True})
    return home


def say(server, body, depth, sender=EVE):
    content = {"msgtype": "m.text", "body": body}
    event = PEER.event(content=content, room_id=ROOM_ID, depth=depth, sender=sender)
    status, answer = server.ask_event(event)
    return status, answer, event


def fill(home, server):
    """Have Eve be known everywhere; return the references of her decisions, newest first."""
    assert say(server, "hello from eve", 10)[0] == 200
    assert say(server, "cheap watches of eve", 11)[0] == 400
    (refused,) = [each for each in listed(home) if each["verdict"] == "refuse"]
    assert home.run("decisions", "allow", refused["reference"]).status == 0
    assert home.run("trust", "set", EVE, "trusted", "--reason", f"{EVE} is fine").status == 0
    assert home.run("trust", "set", ALICE, "member", "--reason", f"knows {EVE}").status == 0
    assert home.run("raid", "on", "--because", f"{EVE}, {EVE}.net and others").status == 0
    server.wait_for(
        lambda: "watches of eve" in home.run("decisions", "why", refused["reference"]).out
    )
    server.wait_for(lambda: files_that_hold(home, b"hello from eve"))
    return [each["reference"] for each in listed(home)]


def listed(home):
    return json.loads(home.run("decisions", "list", "--json").out)


def why(home, reference):
    (explained,) = json.loads(home.run("decisions", "why", reference, "--json").out)
    return explained


def erase(home, *options):
    return home.run("privacy", "erase", EVE, "--yes", "--json", *options)


@pytest.mark.parametrize("is_running", [True, False], ids=["with a server", "without a server"])
def test_an_erased_person_is_nowhere_in_the_folder(home, start, is_running):
    server = start(home)
    refused_reference, signed_reference = fill(home, server)
    refused, signed = (
        say(server, text, depth)
        for text, depth in (("cheap watches of eve", 11), ("hello from eve", 10))
    )
    if not is_running:
        assert server.terminate() == 0
    assert {"countersign.db", "archive.db"} <= set(files_that_hold(home, EVE.encode())) | {
        file.removesuffix("-wal") for file in files_that_hold(home, EVE.encode())
    }

    exported = json.loads(home.run("privacy", "export", EVE).out)
    done = erase(home, "--with-bans")

    answer = json.loads(done.out)
    assert done.status == 0, done.err
    tables = exported["tables"]
    assert len(tables["decisions"]) == 2
    assert {"acquaintances", "allowances", "evidence", "archive", "raids", "audit"} <= set(tables)
    assert tables["evidence"][0]["texts"] == ["cheap watches of eve"]
    assert {row["user_id"] for row in tables["acquaintances"]} == {EVE, ALICE}
    assert answer["erased"]["decisions"] == 2
    assert answer["erased"]["archive"] >= 2
    assert answer["stays"] == {}
    assert answer["is_scrubbed"]
    if is_running:
        # What is learned is stored every two seconds: nothing of hers may come back.
        home.run("privacy", "export", ALICE)
        server.wait_for(lambda: True)
        assert server.terminate() == 0
    whole = files_that_hold(home, EVE.encode())
    others = files_that_hold(home, f"{EVE}.net".encode())
    assert whole == others  # somebody else, whose name begins like hers
    assert files_that_hold(home, b"watches of eve") == []
    assert files_that_hold(home, b"hello from eve") == []

    server = start(home)
    explained = home.run("decisions", "why", refused_reference).out
    again, signed_again = (
        say(server, text, depth)
        for text, depth in (("cheap watches of eve", 11), ("hello from eve", 10))
    )
    assert "deleted because its sender was erased" in explained
    assert (again[0], again[1]["errcode"]) == (refused[0], refused[1]["errcode"])
    assert refused_reference in again[1]["error"]
    assert signed_again[:2] == signed[:2]
    assert signed_reference in home.run("decisions", "why", signed_reference).out


@pytest.mark.parametrize(
    "user_id", [f"@ünal😀:{PEER.server_name}", f'@qu"o\\te:{PEER.server_name}']
)
def test_an_unusual_name_is_erased_from_json_too(home, start, user_id):
    server = start(home)
    others = f"{user_id} and https://matrix.to/#/{quote(user_id, safe='')} sell watches"
    assert say(server, "cheap watches", 10, sender=user_id)[0] == 400
    assert say(server, others, 11)[0] == 400
    (reference,) = [each["reference"] for each in listed(home) if each["sender"] == EVE]
    given = home.run("trust", "set", EVE, "member", "--reason", f"knows {user_id}")
    marked = home.run("decisions", "spam", reference, "--reason", f"{user_id}, too")
    assert (given.status, marked.status) == (0, 0)
    server.wait_for(lambda: "sell watches" in home.run("decisions", "why", reference).out)

    exported = json.loads(home.run("privacy", "export", user_id).out)["tables"]
    done = home.run("privacy", "erase", user_id, "--yes", "--json", "--with-bans")

    assert {"audit", "evidence", "decisions", "outcomes"} <= exported.keys()
    answer = json.loads(done.out)
    assert answer["is_scrubbed"]
    assert "messages of others may name them" in answer["stays"]["archive"]
    assert "(erased) and https://matrix.to/#/(erased) sell" in home.run(
        "decisions", "why", reference
    ).out.replace("\n", " ")
    home.run("decisions", "list")
    assert server.terminate() == 0
    for spelled in (
        user_id,
        json.dumps(user_id)[1:-1],
        json.dumps(user_id, ensure_ascii=False)[1:-1],
        quote(user_id, safe=""),
    ):
        assert files_that_hold(home, spelled.encode()) in ([], ["archive.db, unpacked"]), spelled


def test_a_ban_stays_unless_it_is_meant(home, start):
    server = start(home)
    say(server, "hello", 10)
    assert home.run("trust", "set", EVE, "banned", "--reason", "sold watches").status == 0

    first = json.loads(erase(home).out)
    still, _, _ = say(server, "hello again", 12)
    second = json.loads(erase(home, "--with-bans").out)
    then, _, _ = say(server, "hello once more", 13)

    assert "a level that a moderator gave" in first["stays"]["acquaintances"]
    assert second["stays"] == {}
    assert (still, then) == (400, 200)


def test_a_member_stays_in_the_rooms_state_and_the_output_says_so(home, start):
    server = start(home)
    say(server, "hello", 10, sender=ALICE)

    done = home.run("privacy", "erase", ALICE, "--yes")

    assert done.status == 0
    assert "stays room_state" in done.out
    assert "the present state of the room" in done.out


def test_somebody_whom_several_people_mentioned_is_erased(home, start):
    server = start(home)
    for depth, sender in enumerate((ALICE, PEER.user("carol")), 10):
        content = {"msgtype": "m.text", "body": "hello", "m.mentions": {"user_ids": [EVE]}}
        event = PEER.event(content=content, room_id=ROOM_ID, depth=depth, sender=sender)
        assert server.ask_event(event)[0] == 200
    assert say(server, "hello from eve", 12)[0] == 200

    done = erase(home)

    assert done.status == 0, done.err
    assert json.loads(done.out)["erased"]["decisions"] == 1


def test_nothing_is_erased_by_accident(home):
    asked = home.run("privacy", "erase", EVE, stdin="n\n")
    wrong = home.run("privacy", "erase", "eve")

    assert (asked.status, wrong.status) == (1, 2)
    assert "Nothing was erased." in asked.err
    assert "is no user ID" in wrong.err


def test_the_erased_are_not_named_in_the_audit_log(home):
    assert erase(home).status == 0
    assert home.run("privacy", "export", EVE, "--out", home.folder.parent / "eve.json").status == 0

    with closing(sqlite3.connect(home.folder / "countersign.db")) as driver:
        entries = driver.execute("SELECT actor, command, subject, result FROM audit").fetchall()

    assert entries == [
        ("offline", "privacy erase", None, "done"),
        ("offline", "privacy export", EVE, "done"),
    ]


def test_an_export_overwrites_nothing(home, tmp_path):
    there = tmp_path / "there.json"
    there.write_text("mine")

    done = home.run("privacy", "export", EVE, "--out", there)

    assert done.status == 1
    assert "is there already" in done.err
    assert there.read_text() == "mine"


def test_a_file_that_does_not_fit_on_the_disk_is_told_and_not_left_in_part(home, tmp_path):
    notice = tmp_path / "notice.txt"
    options = ("--config", str(home.config), "--out", str(notice))
    done = subprocess.run(
        ["prlimit", "--fsize=64:", *COMMAND, "privacy", "notice", *options],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert done.stderr == f"Error: {notice} cannot be written: File too large.\n"
    assert not notice.exists()


def test_the_notice_says_what_the_settings_say(home):
    home.set(
        retention={"signed": "7d", "refused": "forever", "evidence": "off"},
        archive={"is_on": True, "retention_days": 3},
        support={"contacts": [{"role": "m.role.admin", "matrix_id": "@admin:example.org"}]},
    )

    notice = home.run("privacy", "notice").out

    assert "| Who sent which signed event" in notice
    assert "| 7 days |" in notice
    assert "| for ever |" in notice
    assert "What refused events said" not in notice
    assert "| 3 days |" in notice
    assert "Ask: @admin:example.org" in notice
    home.set(support={}, archive={})
    assert "in the settings under `support`" in home.run("privacy", "notice").out


def test_a_senders_own_redaction_deletes_the_text_and_nobody_elses_does(home, start):
    server = start(home)
    say(server, "cheap watches of eve", 10)
    say(server, "hello from eve", 11)
    say(server, "cheap watches of alice", 12, sender=ALICE)
    by_alice, signed, refused = (each["event_id"] for each in listed(home))
    texts = (b"watches of eve", b"hello from eve", b"watches of alice")
    server.wait_for(lambda: all(files_that_hold(home, text) for text in texts))

    for depth, event_id in enumerate((by_alice, signed, refused), start=13):
        redaction = PEER.event(
            "m.room.redaction", {"redacts": event_id}, room_id=ROOM_ID, depth=depth, sender=EVE
        )
        server.ask_event(redaction)
    server.wait_for(lambda: not why(home, refused)["texts"])
    server.wait_for(lambda: not why(home, signed)["archived"])
    server.wait_for(lambda: not files_that_hold(home, b"watches of eve"))
    server.wait_for(lambda: not files_that_hold(home, b"hello from eve"))
    alice = why(home, by_alice)
    assert alice["texts"] == ["cheap watches of alice"]
