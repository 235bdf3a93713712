"""A community leaves: its homeservers no longer ask us, and our database drops its data."""

import json

import pytest
import yaml
from examples.demo.loopback import wait_until

from tests.journeys.conftest import SPAM
from tests.journeys.rooms import assert_quiet_passage, refusal_of

pytestmark = pytest.mark.journey

NAME = "meadow"


@pytest.fixture
def meadow(make_room, policy, policy_server, alice):
    """A community with one room, in which our user may change `m.room.policy`."""
    room = make_room("11")
    levels = alice.state(room.room_id, "m.room.power_levels")
    levels["users"][policy_server.user_id] = 50
    levels["events"] = {**levels.get("events", {}), "m.room.policy": 50}
    alice.set_state(room.room_id, "m.room.power_levels", levels)
    folder = policy_server.directory / "communities"
    folder.mkdir(exist_ok=True)
    file = folder / f"{NAME}.yaml"
    file.write_text(yaml.safe_dump({**policy, "rooms": [room.room_id]}))
    policy_server.reload_policy()
    yield room
    file.unlink(missing_ok=True)
    policy_server.reload_policy()


def test_a_community_leaves_and_is_erased(meadow, policy_server, alice, bob):
    room_id = meadow.room_id
    refusal_of(lambda: bob.say(room_id, f"get {SPAM}"))

    def community_of():
        (room,) = [
            each
            for each in json.loads(policy_server.run("rooms", "list", "--json"))
            if each["room_id"] == room_id
        ]
        return room["community"]

    wait_until(lambda: community_of() == NAME, "the room belongs to the community")
    done = json.loads(policy_server.run("community", "leave", NAME, "--json"))

    assert (done["left"], done["kept"]) == ([room_id], [])
    for person in (alice, bob):
        person.wait_for_membership(room_id, policy_server.user_id, "leave")
        assert person.state(room_id, "m.room.policy") == {}
    bob.say(room_id, f"get {SPAM} where nobody minds")
    assert_quiet_passage(meadow, bob, alice)

    policy_server.process.terminate()
    policy_server.process.stop()
    try:
        exported = json.loads(policy_server.run("community", "export", NAME))["tables"]
        assert len(exported["decisions"]) >= 1
        assert SPAM in json.dumps(exported["evidence"])
        assert bob.user_id in json.dumps(exported["room_state"])
        policy_server.run("community", "erase", NAME, "--yes")
        kept = json.loads(policy_server.run("community", "export", NAME))["tables"]
    finally:
        policy_server.process.start()
        policy_server.wait_until_ready()
    staying = ("audit", "decisions", "rooms", "policies_in_force", "policy_changes")
    assert set(kept) <= {*staying, "policy_documents"}
    assert not any(row["sender"] for row in kept["decisions"])
    assert bob.user_id not in json.dumps(kept)
