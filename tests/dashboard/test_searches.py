"""Searches that find nothing, or can find nothing, say why."""

from urllib.parse import quote

import pytest

from tests.dashboard.visitor import Visitor

UNKNOWN = "!unknown:example.org"


@pytest.fixture(scope="module")
def operator(world):
    visitor = Visitor(world)
    visitor.sign_in(world.operator_token)
    return visitor


@pytest.mark.parametrize(
    "path", ["/decisions?q={}", "/filters?room={}", "/leaks?room={}", "/now?room={}"]
)
def test_an_unknown_room_is_named(operator, path):
    status, _, page = operator.get(path.format(quote(UNKNOWN)))

    assert status == 200
    assert f"No room {UNKNOWN} is known here" in page


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("verdict=sign&outcome=allowed", "Only refused events are allowed"),
        ("hours=soon", "Give the time as a whole number of hours, such as 24"),
    ],
)
def test_a_search_that_nothing_can_match_is_refused(operator, query, words):
    status, _, page = operator.get(f"/decisions?{query}")

    assert status == 400
    assert words in page


@pytest.mark.parametrize("path", ["/filters", "/leaks", "/now"])
def test_a_room_is_named_by_its_id(operator, path):
    status, _, page = operator.get(f"{path}?room=Lobby")

    assert status == 400
    assert "Name the room by its ID" in page


def test_incidents_of_another_room_are_left_out(operator, world):
    world.refuse()

    assert "Nothing was refused" not in operator.get("/now")[2]
    assert "Nothing was refused in this room" in operator.get(f"/now?room={quote(UNKNOWN)}")[2]
