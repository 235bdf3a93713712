"""One server with a history, and one real browser, for all tests of the dashboard."""

import pytest
from playwright.sync_api import sync_playwright

from tests.cli.conftest import _fork_server  # noqa: F401
from tests.dashboard import browsers
from tests.dashboard.world import World, make_home_for
from tests.waiting import PATIENCE_SECONDS


@pytest.fixture(scope="package")
def world(tmp_path_factory):
    made = World(make_home_for(tmp_path_factory.mktemp("dashboard") / "home"))
    made.begin_history()
    yield made
    made.close()


@pytest.fixture(scope="package")
def browser():
    # Until it is closed an event loop runs in this thread, and asynchronous tests cannot.
    program = browsers.find_browser()
    if program is None:
        pytest.skip(browsers.MISSING)
    with sync_playwright() as playwright:
        started = browsers.launch(playwright, program)
        yield started
        started.close()


class Trouble(list):
    """Forbidden actions of a page: scripts that ran, CSP violations, requests to other hosts."""

    WATCH = """
        window.ran = [];
        document.addEventListener("securitypolicyviolation", (event) => {
            console.error("CSP-VIOLATION", event.violatedDirective, event.blockedURI);
        });
    """

    def watch(self, page, url):
        page.add_init_script(self.WATCH)
        page.on("dialog", self._refuse)
        page.on("pageerror", lambda error: self.append(f"error {error}"))
        page.on("console", self._look_at)
        page.on("request", lambda request: self._look_where(request.url, url))

    def _refuse(self, dialog):
        self.append(f"dialog {dialog.message}")
        dialog.dismiss()

    def _look_at(self, message):
        if message.type == "error" and "the server responded with a status" not in message.text:
            self.append(f"console {message.text}")

    def _look_where(self, target, url):
        if not target.startswith(url + "/"):
            self.append(f"request to {target}")


@pytest.fixture
def trouble():
    found = Trouble()
    yield found
    assert found == []


@pytest.fixture(scope="package")
def signed_in():
    """The cookies of those who signed in, by address and token: to sign in loads two pages."""
    return {}


@pytest.fixture
def open_page(world, browser, trouble, signed_in):
    """Return a function that opens a page in a new browser context, signed in with a token."""
    contexts = []

    def open_page(token=None, path="/now", **options):
        token = token or world.operator_token
        context = browser.new_context(
            extra_http_headers=world.network(),
            storage_state=signed_in.get((world.url, token)),
            **options,
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE_SECONDS * 1_000)
        page = context.new_page()
        if options.get("java_script_enabled", True):
            trouble.watch(page, world.url)
        page.goto(world.url + path)
        if page.url.startswith(f"{world.url}/sign-in"):
            page.fill("#token", token)
            with page.expect_navigation():
                page.get_by_role("button", name="Sign in").click()
            signed_in[world.url, token] = context.storage_state()
            if page.url != world.url + path:
                page.goto(world.url + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
