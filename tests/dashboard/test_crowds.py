"""Tests of crowds of newcomers on the dashboard: they are told, and held back by one button."""

import pytest

from tests.dashboard.visitor import Visitor
from tests.dashboard.world import World, make_home_for

POLICY = {
    "filters": [],
    "rules": [{"name": "strict", "when": "raid.is_strict", "refuse": "Please wait."}],
    "raid": {"joins": 3},
}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    made = World(make_home_for(tmp_path_factory.mktemp("crowds") / "home"), policy=POLICY)
    yield made
    made.close()


def test_a_crowd_is_told_on_the_first_page_and_held_back_by_one_button(world):
    moderator = Visitor(world)
    moderator.sign_in(world.token("moderator"), "/raids")
    for number in range(3):
        assert "Unusually many newcomers" not in moderator.get("/now")[2]
        assert world.say("good morning", f"came{number}")[0] == 200

    page = moderator.get("/now")[2]
    assert "3 people came lately and wrote within ten minutes, 3 messages" in page
    fields = {"community": "default", "strict": "on", "within": "1", "hours": "0.5"}
    assert all(f'name="{name}" value="{value}"' in page for name, value in fields.items())
    assert moderator.post("/raids/begin", fields)[0] == 303
    (raid,) = world.admin("GET", "/raids")["raids"]
    assert raid["strict_until_ts"] - raid["started_ts"] == 30 * 60_000
    assert raid["started_ts"] - raid["strict_since_ts"] == 60 * 60_000
    assert world.say("and now?", "came1")[0] == 400
    assert "Unusually many newcomers" not in moderator.get("/now")[2]
    assert "no newcomer who came since" in moderator.get("/raids")[2]

    assert moderator.post("/raids/end", {"community": "default"})[0] == 303
    assert world.say("thank you", "came1")[0] == 200


def test_a_time_of_arrivals_without_strict_says_what_to_tick(world):
    moderator = Visitor(world)
    moderator.sign_in(world.token("moderator"), "/raids")

    status, _, page = moderator.post("/raids/begin", {"community": "default", "within": "1"})

    assert status == 400
    assert "tick Strict" in page
    assert world.admin("GET", "/raids")["raids"] == []
