"""Appearance and accessibility of pages: contrast, screen readers, phones, and loading time."""

from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.cli.running_server import ROOM_ID
from tests.dashboard.world import ADVERT

SERIOUS = {"serious", "critical"}
LOOK = {"resultTypes": ["violations"]}
COLOURS = {**LOOK, "runOnly": {"type": "rule", "values": ["color-contrast"]}}
FIRST_VIEW_BYTES = 100_000
PHONE = {"width": 320, "height": 740}
"""The narrowest window into which WCAG 2.2 (1.4.10) wants everything to fit."""
ROOM = quote(ROOM_ID, safe="")

OPEN_DETAILS = """for (const each of document.querySelectorAll("main details")) {
    each.open = true;
}"""
SCROLLED_TABLES = """Array.from(document.querySelectorAll(".scroll"))
    .filter(each => each.scrollWidth > each.clientWidth).map(each => each.ariaLabel)"""
UNNAMED_CELLS = """Array.from(document.querySelectorAll("table.cards td:not([data-label])"))
    .filter(cell => cell.parentElement.children.length > 2 && !cell.querySelector("button"))
    .map(cell => cell.textContent.trim()).filter(Boolean)"""
"""Cells of a row that on a phone stand below one another, and do not say what they are."""

OVERLAPPING_LABELS = """Array.from(document.querySelectorAll("table.cards td[data-label]"))
    .filter(cell => cell.clientHeight > 0
        && parseFloat(getComputedStyle(cell, "::before").height) > cell.clientHeight + 1)
    .map(cell => cell.dataset.label)"""
"""Names of cells that are higher than the cell, and so stand upon what follows."""


@pytest.fixture(scope="module")
def paths(world):
    """Return the address of every page, with something on it."""
    reference = world.refuse(f"{ADVERT} {'long' * 60}", "somebody")
    world.admin("POST", "/trust", {"user_id": "@somebody:example.org", "level": "trusted"})
    world.admin("POST", "/indicators/add", {"indicator": "https://shop.example/offer"})
    world.admin("POST", "/raids/begin", {"reason": "looks"})
    world.wait_for_text(reference)
    world.appeal(reference, "It was a quotation.")
    reported = world.report("He insults me.", "")
    waiting = world.ask_for_long_raid("looks")
    yield [
        "/now",
        "/decisions",
        f"/incidents/{reference}",
        f"/appeals/{reference}",
        f"/decisions/{reference}",
        "/review",
        f"/review?item={reported}",
        "/appeals",
        "/rooms",
        f"/rooms/{ROOM}",
        "/rooms/protect",
        "/people",
        f"/people/{quote('@somebody:example.org', safe='')}",
        "/raids",
        "/leaks",
        "/indicators",
        "/policy",
        "/policy/default",
        "/policy/default/edit",
        "/filters?days=7",
        "/confirmations",
        f"/confirmations/{waiting}",
        "/keys",
        "/settings",
        "/audit",
        "/audit/undo?by=operator&since=0",
        "/privacy",
        "/nothing-of-that-name",
    ]
    world.admin("POST", "/raids/end", {})
    world.decline(waiting)


def serious_faults(page, part="body"):
    """Return what axe finds in a part, in light and in dark; nothing but colours differs."""
    page.emulate_media(color_scheme="light")
    found = Axe().run(page, context=part, options=LOOK).response["violations"]
    page.emulate_media(color_scheme="dark")
    found += page.evaluate("([part, look]) => axe.run(part, look)", [part, COLOURS])["violations"]
    return [
        (fault["id"], [node["html"][:120] for node in fault["nodes"]][:3])
        for fault in found
        if fault["impact"] in SERIOUS
    ]


def test_no_page_has_a_serious_fault_in_light_or_dark(world, open_page, paths):
    page = open_page(reduced_motion="reduce")  # colours change at once
    faults = {}
    for path in paths:
        status = page.goto(world.url + path).status
        assert status == (404 if "nothing" in path else 200), path
        page.evaluate(OPEN_DETAILS)
        # Around the content all pages are the same.
        if serious := serious_faults(page, "body" if path == "/now" else "main"):
            faults[path] = serious

    assert faults == {}


def test_the_page_where_one_signs_in_has_none_either(world, browser):
    page = browser.new_page(reduced_motion="reduce")
    page.goto(f"{world.url}/sign-in?next=/rooms")
    faults = serious_faults(page)
    page.close()

    assert faults == []


@pytest.mark.usefixtures("paths")  # it ends the raid
def test_long_words_of_others_fit_a_phone(world, open_page):
    word = "W" * 300
    reference = world.refuse(f"{ADVERT} {word}", f"long{'g' * 200}")
    world.appeal(reference, word)
    world.admin("POST", "/appeals/note", {"reference": reference, "text": word})
    world.admin("POST", "/raids/begin", {"reason": word})
    waiting = world.ask_for_long_raid(word)
    page = open_page(viewport=PHONE)
    wide = {}
    for path in (
        *("/now", "/review", "/appeals", "/raids", "/audit", "/confirmations", f"/rooms/{ROOM}"),
        *(f"/{kind}/{reference}" for kind in ("decisions", "incidents", "appeals")),
        f"/confirmations/{waiting}",
    ):
        assert page.goto(world.url + path).status == 200
        wide[path] = page.evaluate("document.documentElement.scrollWidth")
    world.decline(waiting)

    assert {path for path, width in wide.items() if width > PHONE["width"]} == set()


def test_every_page_fits_a_phone_and_its_tables_are_read_without_scrolling_sideways(
    world, open_page, paths
):
    page = open_page(viewport=PHONE)
    wide, cut, unnamed, overlapping = {}, {}, {}, {}
    for path in paths:
        page.goto(world.url + path)
        wide[path] = page.evaluate("document.documentElement.scrollWidth")
        page.evaluate(OPEN_DETAILS)
        cut[path] = page.evaluate(SCROLLED_TABLES)
        unnamed[path] = page.evaluate(UNNAMED_CELLS)
        overlapping[path] = page.evaluate(OVERLAPPING_LABELS)
    page.get_by_role("button", name="Menu").click()

    assert {path for path, width in wide.items() if width > PHONE["width"]} == set()
    assert {path: found for path, found in cut.items() if found} == {}
    assert {path: found for path, found in unnamed.items() if found} == {}
    assert {path: found for path, found in overlapping.items() if found} == {}
    assert page.get_by_role("link", name="Raids").is_visible()


def test_the_first_view_is_small(world, browser):
    page = browser.new_page(extra_http_headers=world.network())
    answers = []
    page.on("response", lambda answer: answers.append(answer))
    for _ in range(20):
        world.refuse()
    page.goto(f"{world.url}/sign-in")
    page.fill("#token", world.token("moderator"))
    with page.expect_navigation():
        page.get_by_role("button", name="Sign in").click()
    page.wait_for_load_state("networkidle")
    loaded = sum(int(answer.header_value("content-length")) for answer in answers)
    page.close()

    assert loaded < FIRST_VIEW_BYTES
