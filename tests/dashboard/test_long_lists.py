"""Pages with long lists, of rooms, people, indicators, appeals, leaks: parts, and a search."""

import re
import time
from html import unescape
from urllib.parse import quote

import pytest

from tests.cli.running_server import put_in_room
from tests.dashboard.visitor import Visitor
from tests.dashboard.world import World, make_home_for
from tests.databases import insert_rows

ROOMS = 104
FIRST_VIEW_BYTES = 100_000
PEOPLE = 1_004
INDICATORS = 104
APPEALS = 104
LEAKS = 54
LISTED = re.compile(r'<a class="entry" href="/rooms/([^"]+)"')


def put_rooms(home):
    for number in range(ROOMS):
        name = {"m.room.name": {"name": f"Allotment {number:03}"}}
        put_in_room(home, room_id=f"!{number:03}:example.org", state=name)


def put_people(home):
    now_ts = time.time_ns() // 1_000_000
    people = [f"@somebody{number:04}:example.org" for number in range(PEOPLE)]
    insert_rows(
        home,
        "INSERT INTO mutes (community, user_id, rule, started_ts, until_ts, times)"
        " VALUES ('default', ?, 'after 3', ?, ?, 1)",
        [(user_id, now_ts, now_ts + 86_400_000) for user_id in people],
    )
    insert_rows(
        home,
        "INSERT INTO acquaintances VALUES ('default', ?, ?, 0, 0, 0, 'banned', NULL, 'spam', 0)",
        [(user_id, now_ts) for user_id in people],
    )


def add_indicators(world):
    for number in range(INDICATORS):
        indicator = f"https://shop{number:03}.example/offer"
        world.admin("POST", "/indicators/add", {"indicator": indicator})


def put_appeals(home):
    now_ts = time.time_ns() // 1_000_000
    states = ["open" if number < APPEALS - 3 else "upheld" for number in range(APPEALS)]
    insert_rows(
        home,
        "INSERT INTO appeals (key, reference, community, room_id, sender, text, language,"
        " made_ts, due_ts, state) VALUES (?, ?, 'default', ?, '@fan:example.org', 'please',"
        " 'en', ?, ?, ?)",
        [
            (number.to_bytes(32), f"APP{number:03}", "!000:example.org", now_ts, now_ts, state)
            for number, state in enumerate(states)
        ],
    )


def put_leaks(home):
    """Record leaks in two rooms by turns, while the clock is set back."""
    now_ts = time.time_ns() // 1_000_000
    insert_rows(
        home,
        "INSERT INTO leaks (key, reference, room_id, event_id, event_type, sender, brought_by,"
        " channel, noticed_ts) VALUES (?, ?, ?, '$event', 'm.room.message',"
        " '@fan:example.org', 'example.org', 'send', ?)",
        [
            (number.to_bytes(32), f"LEAK{number:03}", f"!{number % 2:03}:example.org", ts)
            for number, ts in enumerate(range(now_ts, now_ts - LEAKS, -1))
        ],
    )


def put_all(home):
    put_rooms(home)
    put_people(home)
    put_appeals(home)
    put_leaks(home)


@pytest.fixture(scope="module")
def operator(tmp_path_factory):
    home = make_home_for(tmp_path_factory.mktemp("many") / "home")
    world = World(home)
    world.restart(lambda: put_all(home))
    add_indicators(world)
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


@pytest.mark.parametrize(
    ("named", "link"), [("Mutes", "More mutes"), ("Levels", "More levels")], ids=["mutes", "levels"]
)
def test_everybody_is_on_one_part_of_the_page_of_people(operator, named, link):
    found, path = [], "/people"
    while path is not None:
        status, _, page = operator.get(path)
        assert status == 200, page
        assert len(page.encode()) < 2 * FIRST_VIEW_BYTES
        table = page.partition(f'aria-label="{named}"')[2].partition("</table>")[0]
        found += re.findall(r"/people/%40(somebody\d{4})%3A", table)
        following = re.search(rf'href="([^"]+)">{link}</a>', page)
        path = following and unescape(following[1])

    assert len({*found}) == PEOPLE


def test_every_indicator_is_on_one_page(operator):
    _, _, first = operator.get("/indicators")
    following = re.search(r'href="([^"]+)">More indicators</a>', first)
    _, _, rest = operator.get(unescape(following[1]))

    found = [set(re.findall(r"shop\d{3}", page)) for page in (first, rest)]
    assert [len(each) for each in found] == [100, INDICATORS - 100]
    assert len(first.encode()) < FIRST_VIEW_BYTES


def parts_of(visitor, path, reference, link):
    """Return the references on each part of a page, and check that each part is small."""
    parts = []
    while path is not None:
        status, _, page = visitor.get(path)
        assert status == 200, page
        assert len(page.encode()) < FIRST_VIEW_BYTES
        parts.append(re.findall(reference, page))
        following = re.search(rf'href="([^"]+)">{link}</a>', page)
        path = following and unescape(following[1])
    return parts


def test_every_appeal_is_on_one_page(operator):
    first, second = parts_of(operator, "/appeals", r"/appeals/(APP\d{3})", "More appeals")

    assert (len(first), len(second)) == (100, APPEALS - 100)
    assert sorted(first + second) == [f"APP{number:03}" for number in range(APPEALS)]
    _, _, page = operator.get("/appeals?from=101")
    assert "None is open." not in page


@pytest.mark.parametrize("role", ["operator", "moderator"])
@pytest.mark.parametrize(
    ("query", "numbers"),
    [("", range(LEAKS)), ("?room=!001:example.org", range(1, LEAKS, 2))],
    ids=["all", "room"],
)
def test_every_leak_is_on_one_page_for_whoever_may_see_it(operator, role, query, numbers):
    visitor = Visitor(operator.world)
    visitor.sign_in(operator.world.token(role))

    parts = parts_of(visitor, f"/leaks{query}", r">(LEAK\d{3})</a>", "Older leaks")

    found = [reference for part in parts for reference in part]
    assert found == [f"LEAK{number:03}" for number in reversed(numbers)]
