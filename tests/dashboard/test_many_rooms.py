"""The page of rooms of a server with many rooms: pages of it, and a search."""

import re
from urllib.parse import quote

import pytest

from tests.cli.running_server import put_in_room
from tests.dashboard.visitor import Visitor
from tests.dashboard.world import World, make_home_for

ROOMS = 104
FIRST_VIEW_BYTES = 100_000
LISTED = re.compile(r'<a class="entry" href="/rooms/([^"]+)"')


def put_rooms(home):
    for number in range(ROOMS):
        name = {"m.room.name": {"name": f"Allotment {number:03}"}}
        put_in_room(home, room_id=f"!{number:03}:example.org", state=name)


@pytest.fixture(scope="module")
def operator(tmp_path_factory):
    home = make_home_for(tmp_path_factory.mktemp("many") / "home")
    world = World(home)
    world.restart(lambda: put_rooms(home))
    visitor = Visitor(world)
    visitor.sign_in(world.operator_token)
    yield visitor
    world.close()


def rooms_of(operator, path):
    status, _, page = operator.get(path)
    assert status == 200, page
    assert len(page.encode()) < FIRST_VIEW_BYTES
    following = re.search(r'href="(/rooms\?[^"]+)">More rooms', page)
    return LISTED.findall(page), following and following[1].replace("&amp;", "&")


def test_every_room_is_on_one_page(operator):
    first, following = rooms_of(operator, "/rooms")
    rest, nothing = rooms_of(operator, following)

    assert len(first) == 100
    assert nothing is None
    assert {*first, *rest} > {
        quote(f"!{number:03}:example.org", safe="") for number in range(ROOMS)
    }
    assert len(first) + len(rest) == len({*first, *rest}) == ROOMS + 1  # and the lobby


@pytest.mark.parametrize("wanted", ["allotment 017", "!017:example", " ALLOTMENT 017 "])
def test_a_room_is_found_by_its_name_or_its_id(operator, wanted):
    assert rooms_of(operator, f"/rooms?q={quote(wanted)}") == (["%21017%3Aexample.org"], None)


def test_pages_of_a_search_go_on_with_the_search(operator):
    first, following = rooms_of(operator, "/rooms?q=allotment")
    rest, _ = rooms_of(operator, following)

    assert "q=allotment" in following
    assert (len(first), len(rest)) == (100, ROOMS - 100)


def test_no_room_that_matches_is_no_list(operator):
    status, _, page = operator.get("/rooms?q=nothing-like-it")

    assert status == 200
    assert "No room matches." in page
    assert "Protect the first one" not in page


def test_a_place_that_is_no_number_is_refused(operator):
    assert operator.get("/rooms?from=-1")[0] == 400
