"""Tests of `countersign community`: leaving, and what becomes of the community's data."""

import json

from tests.cli.running_server import PEER, ROOM_ID, put_in_room

ALICE = PEER.user()


def test_a_communitys_data_are_exported_and_erased_after_leaving(home, start, tmp_path):
    home.refuse_words("cheap watches")
    put_in_room(home, via=())
    server = start(home)
    server.ask("cheap watches for all", depth=10)
    server.ask("lunch?", depth=11)
    home.run("trust", "set", ALICE, "member")
    while_running = home.run("community", "export", "default")
    left = home.run("community", "leave", "default", "--force", "--json")
    assert server.terminate() == 0

    exported = home.run("community", "export", "default", "--out", tmp_path / "kept.json")
    again = home.run("community", "export", "default", "--out", tmp_path / "kept.json")
    unsure = home.run("community", "erase", "default", stdin="n\n")
    erased = home.run("community", "erase", "default", "--yes", "--json")

    assert "Stop it, and do this again" in while_running.err
    assert json.loads(left.out)["left"] == [ROOM_ID]
    assert exported.status == 0, exported.err
    tables = json.loads((tmp_path / "kept.json").read_text())["tables"]
    assert {"acquaintances", "decisions", "audit"} <= tables.keys()
    assert {each["verdict"] for each in tables["decisions"]} == {"sign", "refuse"}
    assert (again.status, unsure.status) == (1, 1)
    assert "is there already" in again.err
    counts = json.loads(erased.out)["erased"]
    assert counts["decisions"] == 2
    assert counts["acquaintances"] >= 1
    remaining = json.loads(home.run("community", "export", "default").out)["tables"]
    assert "acquaintances" not in remaining
    assert all(each["event_id"] is None or not each["sender"] for each in remaining["decisions"])
    assert json.loads(home.run("privacy", "export", ALICE).out)["tables"].keys() <= {
        "audit",
        "room_state",
    }


def test_nothing_is_erased_while_we_are_in_its_rooms(home, start):
    put_in_room(home, via=())
    assert start(home).terminate() == 0

    done = home.run("community", "erase", "default", "--yes")
    unknown = home.run("community", "erase", "nowhere", "--yes")

    assert done.status == 1
    assert "leave them first: countersign community leave" in done.err
    assert "There is no community 'nowhere'; there is default." in unknown.err
