"""Pages of the public listener for browsers: Element's room settings, and the page on a refusal."""

import pytest
from axe_playwright_python.sync_playwright import Axe

ELEMENT = """async (base) => {
    const read = async (name) => {
        const answer = await fetch(`${base}/.well-known/matrix/${name}`, {method: "GET"});
        return {status: answer.status, body: await answer.json()};
    };
    return {policyServer: await read("policy_server"), support: await read("support")};
}"""
"""Script with Element's requests, run in a page of another origin."""


@pytest.fixture
def public(world, browser, trouble):
    """Return a page in a browser of its own, and the address of the public listener."""
    url = f"http://127.0.0.1:{world.server.port}"
    context = browser.new_context(extra_http_headers=world.network(), locale="de-DE")
    page = context.new_page()
    trouble.watch(page, url)
    yield page, url
    context.close()


def test_elements_room_settings_read_the_policy_key_from_another_origin(world, browser):
    context = browser.new_context()
    page = context.new_page()
    # Another name is another origin; one that is not on this machine may not ask it for anything.
    page.goto(f"http://localhost:{world.server.port}/_matrix/federation/v1/version")
    found = page.evaluate(ELEMENT, f"http://127.0.0.1:{world.server.port}")
    context.close()

    keys = found["policyServer"]["body"]["public_keys"]
    assert found["policyServer"]["status"] == 200
    assert keys["ed25519"]
    assert all(isinstance(value, str) for value in keys.values())
    assert found["support"]["status"] == 404  # the settings name nobody; the answer is JSON


def test_a_refused_person_reads_why_and_appeals_with_the_keyboard(world, public):
    page, url = public
    reference = world.refuse(sender="carla")
    page.goto(f"{url}/r/{reference}")
    axe = Axe()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert axe.run(page).response["violations"] == []

    assert page.locator("html").get_attribute("lang") == "de"
    assert "No adverts, please." in page.inner_text("blockquote")
    page.keyboard.press("Tab")
    page.keyboard.type('Das war ein Zitat. <script>alert("x")</script>')
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("[role=status]")

    assert page.locator("form").count() == 0
    assert "Er ging ein um" in page.inner_text("[role=status]")
    (appeal,) = (
        each for each in world.admin("GET", "/appeals")["appeals"] if each["reference"] == reference
    )
    assert appeal["text"] == 'Das war ein Zitat. <script>alert("x")</script>'


def test_on_a_phone_in_arabic_nothing_sticks_out(world, browser, trouble):
    reference = world.refuse(sender="dina")
    context = browser.new_context(
        extra_http_headers=world.network(), locale="ar", viewport={"width": 320, "height": 640}
    )
    page = context.new_page()
    url = f"http://127.0.0.1:{world.server.port}"
    trouble.watch(page, url)
    page.goto(f"{url}/r/{reference}")

    assert page.locator("html").get_attribute("dir") == "rtl"
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    context.close()
