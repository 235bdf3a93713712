"""Strangers' text stays text in every field of every page, in a real browser."""

from urllib.parse import quote

import pytest

from tests.cli.running_server import ROOM_ID
from tests.dashboard.hostile import FEW, TEXTS
from tests.dashboard.world import ADVERT

EACH = 40
SETTLE_MS = 150


@pytest.fixture(scope="module")
def attacked(world):
    """Have strangers, and a moderator without manners, fill every field that a page shows."""
    references = [
        world.refuse("\n".join([ADVERT, *TEXTS[begin : begin + EACH]]), f"eve{begin}")
        for begin in range(0, len(TEXTS), EACH)
    ]
    for number, text in enumerate(FEW):
        world.refuse(
            ADVERT, f"mallory{number}", formatted_body=text, format="org.matrix.custom.html"
        )
        world.admin(
            "POST",
            "/trust",
            {"user_id": f"@eve{number}:example.org", "level": "untrusted", "reason": text},
        )
        world.admin("POST", "/raids/begin", {"reason": text})
        world.say(ADVERT, "eve", event_type=text)
    world.wait_for_text(references[-1])
    world.appeal(references[0], "\n".join(FEW)[:900])
    reported = world.report(*(text[:500] for text in FEW), sender="oscar")
    waiting = [world.ask_for_long_raid(text) for text in FEW[:5]]
    yield [*references, reported]
    world.admin("POST", "/raids/end", {})
    for each in waiting:
        world.decline(each)


@pytest.fixture
def look(world, open_page):
    page = open_page()

    def look(path):
        assert page.goto(world.url + path).status < 500
        for details in page.locator("main details").all():
            details.evaluate("each => { each.open = true; }")
        page.wait_for_timeout(SETTLE_MS)
        assert page.evaluate("window.ran") == []
        assert page.url == world.url + path
        return page

    return look


def test_there_are_enough_of_them():
    assert len(set(TEXTS)) >= 500


def test_texts_of_events_stay_text(attacked, look):
    for begin, reference in zip(range(0, len(TEXTS), EACH), attacked, strict=False):
        page = look(f"/decisions/{reference}")
        shown = page.locator("pre.said").first.inner_text()

        for text in TEXTS[begin : begin + EACH]:
            assert text.isprintable() is False or text.strip() in shown


def waiting_in(world):
    return world.admin("GET", "/confirmations")["confirmations"]


def test_every_page_shows_them_as_text(world, attacked, look):
    room = quote(ROOM_ID, safe="")
    person = quote("@eve1:example.org", safe="")
    for path in (
        "/now",
        f"/incidents/{attacked[0]}",
        f"/appeals/{attacked[0]}",
        "/review",
        f"/review?item={attacked[-1]}",
        "/appeals",
        "/policy/default",
        "/decisions",
        f"/people/{person}",
        "/people",
        "/raids",
        "/rooms",
        f"/rooms/{room}",
        "/filters?days=7",
        "/leaks",
        "/indicators",
        "/audit",
        "/audit/undo?by=operator&since=0",
        "/confirmations",
        *(f"/confirmations/{each['reference']}" for each in waiting_in(world)),
    ):
        look(path)


@pytest.mark.parametrize(
    "path",
    [
        "/decisions?verdict=refuse&hours=24&step={}",
        "/decisions/{}",
        "/people/{}",
        "/rooms/{}",
        "/audit?actor={}&community={}",
        "/audit/undo?since=1&by={}",
        "/filters?room={}",
        "/{}",
    ],
)
def test_addresses_come_back_as_text(look, path):
    for text in FEW[::5]:
        look(path.replace("{}", quote(text, safe="")))


def test_the_page_where_one_signs_in_shows_an_address_as_text(world, browser, trouble):
    page = browser.new_page(extra_http_headers=world.network())
    trouble.watch(page, world.url)
    for text in FEW[::5]:
        page.goto(f"{world.url}/sign-in?next={quote('/' + text, safe='')}")
        assert page.evaluate("window.ran") == []
    page.close()


def test_a_file_of_personal_data_is_no_page(world, attacked, open_page):
    page = open_page(path="/privacy")
    page.locator("#export").fill("@eve1:example.org")
    with page.expect_download() as download:
        of_a_person = page.locator("section", has_text="What is known of a person")
        of_a_person.get_by_role("button", name="Save as a file").click()

    assert download.value.suggested_filename == "export.json"
