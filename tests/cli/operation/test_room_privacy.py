"""Tests of `countersign privacy … --room`: one room is exported and erased, others stay."""

import http.client
import json
from urllib.parse import urlencode

import pytest

from countersign.testing.events import make_room_id
from tests.cli.folders import files_that_hold
from tests.cli.running_server import PEER, ROOM_ID, put_in_room
from tests.waiting import PATIENCE_SECONDS

EVE, FRANK = PEER.user("eve.of.one.room"), PEER.user("frank.of.both.rooms")
OTHER_ROOM = make_room_id("11", "another-room")
LEFT_ROOM = make_room_id("11", "a-room-that-we-left")
GONE = (
    b"watches of eve",
    b"hello from eve",
    b"watches of frank, here",
    b"appealing words",
    b"note for colleagues",
)


@pytest.fixture
def home(home):
    put_in_room(home)
    put_in_room(home, room_id=OTHER_ROOM)
    put_in_room(home, room_id=LEFT_ROOM, is_joined=False, state={"m.room.name": {"name": "old"}})
    home.refuse_words("watches")
    home.set(archive={"is_on": True})
    return home


def say(server, body, depth, sender, room_id=ROOM_ID):
    content = {"msgtype": "m.text", "body": body}
    event = PEER.event(content=content, room_id=room_id, depth=depth, sender=sender)
    status, answer = server.ask_event(event)
    return status, answer.get("org.countersign.reference")


def appeal(server, reference, text):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE_SECONDS)
    try:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        connection.request("POST", f"/r/{reference}", urlencode({"text": text}), headers)
        assert connection.getresponse().status == 303
    finally:
        connection.close()


def fill(home, server):
    """Have things happen in two rooms; return the references of what was refused."""
    assert say(server, "hello from eve", 10, EVE)[0] == 200
    eve = say(server, "watches of eve", 11, EVE)[1]
    frank = say(server, "watches of frank, here", 12, FRANK)[1]
    elsewhere = say(server, "watches of frank, there", 13, FRANK, OTHER_ROOM)[1]
    for reference in (eve, elsewhere):
        assert home.run("decisions", "allow", reference).status == 0
    appeal(server, frank, "appealing words")
    noted = home.run("reviews", "hand-over", frank, "--reason", "note for colleagues")
    assert noted.status == 0, noted.err
    server.wait_for(lambda: all(files_that_hold(home, words) for words in GONE))
    return eve, frank, elsewhere


@pytest.mark.parametrize("is_running", [True, False], ids=["with a server", "without a server"])
def test_an_erased_room_leaves_verdicts_and_nothing_else(home, start, is_running):
    server = start(home)
    eve, frank, elsewhere = fill(home, server)
    if not is_running:
        assert server.terminate() == 0

    exported = json.loads(home.run("privacy", "export", "--room", ROOM_ID).out)
    done = home.run("privacy", "erase", "--room", ROOM_ID, "--yes", "--json")

    assert done.status == 0, done.err
    assert exported["room_id"] == ROOM_ID
    tables = exported["tables"]
    assert {len(tables[each]) for each in ("decisions", "archive")} == {3}
    assert {"evidence", "allowances", "appeals", "reviews", "outcomes", "room_state"} <= set(tables)
    assert OTHER_ROOM not in json.dumps({**tables, "audit": []})
    answer = json.loads(done.out)
    assert answer["erased"]["decisions"] == 3
    assert answer["erased"]["archive"] == 3
    assert "while our user is in the room" in answer["stays"]["room_state"]
    assert answer["is_scrubbed"]
    if is_running:
        server.wait_for(lambda: True)
        assert server.terminate() == 0
    assert {words: files_that_hold(home, words) for words in GONE} == {words: [] for words in GONE}
    assert files_that_hold(home, b"watches of frank, there")
    known = json.loads(home.run("privacy", "export", EVE).out)["tables"]
    assert set(known) <= {"acquaintances", "audit"}, "the community's own, and of this export"

    server = start(home)
    assert say(server, "watches of frank, here", 12, FRANK) == (400, frank)
    assert say(server, "hello from eve", 10, EVE)[0] == 200
    assert say(server, "watches of eve", 14, EVE)[0] == 400, "what was allowed went with the room"
    assert say(server, "watches of frank, there", 15, FRANK, OTHER_ROOM)[0] == 200
    assert "deleted because" in home.run("decisions", "why", frank).out
    assert "frank, there" in home.run("decisions", "why", elsewhere).out
    undone = json.loads(home.run("undo", "--by", "operator", "--since", "1h", "--json").out)
    words = {each["subject"]: each["words"] for each in undone["changes"]}
    assert words[eve] == "What it was about was erased with its room."


def test_allowances_of_an_erased_room_end_at_once(home, start):
    server = start(home)
    fill(home, server)
    assert say(server, "watches of eve", 20, EVE)[0] == 200

    assert home.run("privacy", "erase", "--room", ROOM_ID, "--yes").status == 0

    assert say(server, "watches of eve", 21, EVE)[0] == 400
    assert say(server, "watches of frank, there", 22, FRANK, OTHER_ROOM)[0] == 200


def test_a_room_that_we_left_goes_whole(home, start):
    server = start(home)
    assert LEFT_ROOM in home.run("rooms", "list").out

    done = json.loads(home.run("privacy", "erase", "--room", LEFT_ROOM, "--yes", "--json").out)

    assert done["erased"]["rooms"] == 1
    assert done["erased"]["room_state"] >= 4
    assert set(done["stays"]) == {"audit"}
    assert LEFT_ROOM not in home.run("rooms", "list").out
    server.terminate()
    assert LEFT_ROOM not in home.run("rooms", "list").out


def test_either_a_person_or_a_room_is_named(home):
    both = home.run("privacy", "erase", EVE, "--room", ROOM_ID, "--yes")
    neither = home.run("privacy", "export")
    bans = home.run("privacy", "erase", "--room", ROOM_ID, "--with-bans", "--yes")
    wrong = home.run("privacy", "export", "--room", "the lobby")

    assert [each.status for each in (both, neither, bans, wrong)] == [2, 2, 2, 2]
    assert "either a person" in both.err
    assert "either a person" in neither.err
    assert "bans belong to a whole community" in bans.err
    assert "is no room ID" in wrong.err
    asked = home.run("privacy", "erase", "--room", ROOM_ID, stdin="n\n")
    assert "Nothing was erased." in asked.err
