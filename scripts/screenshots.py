"""Screenshots for docs/moderators-guide.md, taken in a real browser of a server with some history.

Usage: python -m scripts.screenshots [--out FOLDER]

It starts Countersign on loopback in a folder of its own, has people of an invented community write
and be refused, and takes each picture of the guide in Chromium. Times and references in the
pictures are those of the run.
"""

import argparse
import io
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple

import yaml
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from tests.dashboard import browsers
from tests.dashboard.world import World, make_home_for

OUT: Final = Path(__file__).resolve().parents[1] / "docs" / "images"

WIDTH: Final = 1000
"""Pixels of each picture."""

MAX_BYTES: Final = 60_000
"""Limit on the size of a picture, since the guide is read on phones too."""

_MOST_COLOURS: Final = 64
_PATIENCE_MS: Final = 300_000
"""Time for each step: a trial gives way to all else that a busy machine does."""

_ADVERT: Final = "buy cheap followers now"
_POLICY: Final[Mapping[str, Any]] = {
    "preset": "newcomer-safe",
    "filters": [
        {
            "name": "adverts",
            "keyword": {"words": [_ADVERT]},
            "says": "This looks like an advertisement. Please ask the moderators if it is not.",
        }
    ],
}
_CHAT: Final = (
    ("alice", "Who brings the tent on Saturday?"),
    ("bilal", "I can, and the big kettle too."),
    ("carla", "The book giveaway starts at ten, by the fountain."),
    ("alice", "Then I come early. Is the giveaway for children only?"),
    ("bilal", "For everybody, as last year."),
)
_MEMBERS: Final = ("alice", "bilal", "carla")
_QUESTION: Final = f'My sister got a message "{_ADVERT}". Is that safe to answer?'
_WORD: Final = "giveaway"
_GUESTS: Final = 18
"""People who write the same offer: enough for raid mode to begin by itself."""


class Story:
    """A server on which all that the guide tells has happened.

    Args:
        folder: for its files; must not exist yet.
    """

    def __init__(self, folder: Path) -> None:
        home = make_home_for(folder)
        keys = yaml.safe_load(home.run("keys", "--json").out)
        state = {
            "m.room.name": {"name": "The green"},
            "m.room.policy": keys["m.room.policy"],
        }
        self.world = World(home, state=state, policy=_POLICY)
        for member in _MEMBERS:
            given = {"user_id": f"@{member}:example.org", "level": "member"}
            self.world.admin("POST", "/trust", given)
        for sender, text in _CHAT:
            self.world.say(text, sender)
        self.world.wait_for_archive("as last year")
        self.reference: str = self.world.refuse(_QUESTION, "dilek")
        for number in range(_GUESTS):
            self.world.say(_offer(number), f"guest{number:02}")
        self.world.wait_for_text(self.reference)

    def sign_in(self, browser: Browser) -> Page:
        """Return a page of a moderator who has just signed in."""
        page = browser.new_page(
            color_scheme="light",
            reduced_motion="reduce",
            timezone_id="UTC",
            locale="en-GB",
        )
        page.set_default_timeout(_PATIENCE_MS)
        page.goto(f"{self.world.url}/sign-in")
        page.fill("#token", self.world.token("lead", "dora"))
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/now")
        return page

    def open(self, page: Page, path: str) -> None:
        """Go to a page of the dashboard."""
        page.goto(self.world.url + path)

    def close(self) -> None:
        """End the server."""
        self.world.close()


def _offer(number: int) -> str:
    return (
        f"Earn {300 + 50 * number} dollars a day from home, no experience needed! "
        "Message me on Telegram @quick_money_desk and start today."
    )


def _refusal(page: Page, story: Story) -> None:
    page.goto(f"http://127.0.0.1:{story.world.server.port}/r/{story.reference}")
    page.get_by_text("This looks like an advertisement.").wait_for()
    page.locator("textarea").fill("I only asked whether it is safe to answer such a message.")


def _now(page: Page, story: Story) -> None:
    story.open(page, "/now")
    page.get_by_role("link", name=story.reference).wait_for()


def _decision(page: Page, story: Story) -> None:
    story.open(page, f"/decisions/{story.reference}")
    page.locator("summary", has_text="Show the text").click()
    page.get_by_role("button", name="Allow").wait_for()


def _review(page: Page, story: Story) -> None:
    story.open(page, "/review")
    page.locator("summary", has_text="Show the text").click()
    page.get_by_role("button", name="Keep refused").wait_for()


def _appeal(page: Page, story: Story) -> None:
    story.world.appeal(story.reference, "I only asked whether it is safe to answer such a message.")
    story.open(page, f"/appeals/{story.reference}")
    page.locator("summary", has_text="Show the text").click()
    page.get_by_role("button", name="Grant").wait_for()


def _raids(page: Page, story: Story) -> None:
    story.open(page, "/raids")
    page.get_by_role("button", name="End raid mode").wait_for()


def _trial(page: Page, story: Story) -> None:
    story.open(page, "/policy/default")
    page.get_by_label("What would another word refuse?").fill(_WORD)
    page.get_by_role("button", name="Try it on the last week").click()
    page.locator("#live:not([hx-get])").wait_for()  # it ended: the page is asked for no more
    page.get_by_text("judged again, without effect").wait_for()
    page.locator("main details summary").first.click()


def _policy(page: Page, story: Story) -> None:
    words = [_ADVERT, "earn dollars from home"]
    document = {**_POLICY, "filters": [{**_POLICY["filters"][0], "keyword": {"words": words}}]}
    told = {"document": yaml.safe_dump(document, sort_keys=False), "note": "offers since Monday"}
    story.world.admin("POST", "/policy/activate", told)
    story.open(page, "/policy/default")
    page.get_by_role("button", name="Roll back to the one before").wait_for()


class Picture(NamedTuple):
    """A picture of the guide.

    Attributes:
        reach: leads a page to what the picture shows; times out where something of that is missing.
        height: in pixels.
    """

    reach: Callable[[Page, Story], None]
    height: int


PICTURES: Final[Mapping[str, Picture]] = {
    "now": Picture(_now, 665),
    "decision": Picture(_decision, 1010),
    "refusal": Picture(_refusal, 805),
    "appeal": Picture(_appeal, 720),
    "review": Picture(_review, 620),
    "raids": Picture(_raids, 660),
    "trial": Picture(_trial, 560),
    "policy": Picture(_policy, 560),
}
"""Each picture by its name, in the order in which they are taken."""


def take_pictures(browser: Browser, story: Story, out: Path) -> None:
    """Take each picture and write it as `NAME.png`.

    Args:
        browser: shows the pages.
        story: what they show; some pictures change it.
        out: where the pictures go; made if it is not there.

    Raises:
        ValueError: a picture is larger than it may be.
    """
    out.mkdir(parents=True, exist_ok=True)
    page = story.sign_in(browser)
    for name, (reach, height) in PICTURES.items():
        page.set_viewport_size({"width": WIDTH, "height": height})
        reach(page, story)
        file = out / f"{name}.png"
        file.write_bytes(_reduced(page.screenshot(animations="disabled")))
        if file.stat().st_size > MAX_BYTES:
            raise ValueError(f"{file.name} is larger than {MAX_BYTES} bytes: show less on it")
    page.close()


def _reduced(picture: bytes) -> bytes:
    """Return a PNG with few colours and no remarks, of a third of the size."""
    few = (
        Image.open(io.BytesIO(picture))
        .convert("RGB")
        .quantize(_MOST_COLOURS, dither=Image.Dither.NONE)
    )
    written = io.BytesIO()
    few.save(written, "PNG", optimize=True)
    return written.getvalue()


def main() -> None:
    """Take the pictures with the Chromium that is installed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=OUT, help="a folder for them")
    out = parser.parse_args().out
    program = browsers.find_browser()
    if program is None:
        raise SystemExit(browsers.MISSING)
    with TemporaryDirectory() as folder:
        # Before the browser, which has an event loop run in this thread.
        story = Story(Path(folder) / "home")
        try:
            with sync_playwright() as playwright:
                browser = browsers.launch(playwright, program)
                take_pictures(browser, story, out)
                browser.close()
        finally:
            story.close()
    for file in sorted(out.glob("*.png")):
        print(f"{file.name}: {file.stat().st_size} bytes")


if __name__ == "__main__":
    main()
