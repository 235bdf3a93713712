"""Every link into the specification has the implemented version, and an existing target."""

import re

from tests.architecture.repository import ROOT, name_of, pages, text_files

SPEC_VERSION = "v1.18"

SPEC_LINK = re.compile(r"spec\.matrix\.org/[^\s)>\]`\"',]*")
PAGE_OF_SPEC = re.compile(
    rf"spec\.matrix\.org/{re.escape(SPEC_VERSION)}/"
    r"(?:server-server-api|client-server-api|appendices|rooms(?:/v\d+)?)/(?:#[\w.-]+)?"
)
MARKDOWN_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ +(.+?) *$", re.MULTILINE)


def test_every_spec_link_is_of_the_pinned_version():
    links = [
        (name_of(file), link)
        for file in text_files()
        if file.name != "test_links.py"
        for link in SPEC_LINK.findall(file.read_text(encoding="utf-8"))
    ]

    assert len(links) > 50
    assert [link for link in links if not PAGE_OF_SPEC.fullmatch(link[1].rstrip("."))] == []


def test_every_relative_link_leads_to_a_file_and_to_a_heading_in_it():
    dead = []
    for page in pages():
        for link in MARKDOWN_LINK.findall(page.read_text(encoding="utf-8")):
            if "://" in link:
                continue
            path, _, anchor = link.partition("#")
            target = page.parent / path if path else page
            if not target.exists() or (anchor and anchor not in anchors(target)):
                dead.append((name_of(page), link))

    assert dead == []


def test_every_page_can_be_reached_from_the_readme():
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in reached:
            continue
        reached.add(page)
        for link in MARKDOWN_LINK.findall(page.read_text(encoding="utf-8")):
            target = (page.parent / link.partition("#")[0]).resolve()
            if target.is_dir():
                waiting += target.glob("*.md")
            elif target.suffix == ".md" and target.exists():
                waiting.append(target)

    assert [name_of(page) for page in pages() if page not in reached] == []


def anchors(page):
    """Return the anchors of a page's headings, as the places that show Markdown name them."""
    headings = HEADING.findall(page.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", heading).lower().replace(" ", "-") for heading in headings}
