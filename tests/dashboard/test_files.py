"""Third-party files are unmodified; our pages load nothing from other sites."""

import hashlib
import re

import pytest

from countersign.web.dashboard.files import FOLDER
from countersign.web.dashboard.pages import PACKAGE
from countersign.web.dashboard.shown import FILTERS
from countersign.web.pages.templates import Templates

PINNED = {
    "htmx-4.0.1.min.js": "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130",
    "hx-csp-4.0.1.min.js": "a7e1e6711ae6c3e50ad300fba7936cbe8d07599cdae313414a179ddd6b26e143",
    "LICENSE-htmx.txt": "d3d2456f76414f2456104660ebd65aff1c04cd7966b942bdabd63f3cdb316a38",
}
"""SHA-256 of `dist/htmx.min.js`, `dist/ext/hx-csp.min.js` and `LICENSE` of htmx.org 4.0.1."""


def test_scripts_of_others_are_pinned():
    found = {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in (FOLDER / "vendor").iterdir()
    }

    assert found == PINNED


@pytest.mark.parametrize("name", ["dashboard.css", "dashboard.js", "icon.svg"])
def test_our_files_name_no_address(name):
    text = (FOLDER / name).read_text().replace("http://www.w3.org/2000/svg", "")

    assert re.findall(r"https?:|//[a-z]+\.|@import|url\(", text) == []


def test_a_file_is_kept_by_its_name_and_no_other_is_there(world):
    page = world.ask("GET", "/sign-in")[2]
    (style,) = re.findall(r'href="(/static/[^"]+\.css)"', page)

    status, headers, _ = world.ask("GET", style)
    assert (status, "immutable" in headers["cache-control"]) == (200, True)
    for other in (
        "/static/x.css",
        "/static/..%2f..%2fapp.py",
        "/static/",
        "/static/LICENSE-htmx.txt",
    ):
        assert world.ask("GET", other)[0] in (303, 404)


def test_every_template_can_be_read():
    templates = Templates(PACKAGE, filters=FILTERS)

    assert len(templates.names()) > 30
    for name in templates.names():
        templates.read(name)
