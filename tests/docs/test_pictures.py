"""Pictures of the documentation: each exists, is small, has a description, and is used."""

import re
import subprocess
import sys
from xml.etree import ElementTree as ET

from tests.docs.fences import PAGES, ROOT

IMAGES = ROOT / "docs" / "images"
MAX_BYTES = 60_000
MOST_PICTURES = 8
SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PICTURE = re.compile(r"!\[([^\]]*)\]\(([^)\s]+)\)")


def pictures():
    """Return page, words for those who do not see it, and file of each picture on any page."""
    return [
        (page, match[1], (page.parent / match[2]).resolve())
        for page in PAGES
        for match in _PICTURE.finditer(page.read_text())
    ]


def chunks(data):
    """Return the kinds of the parts of a PNG."""
    assert data.startswith(SIGNATURE)
    at, kinds = len(SIGNATURE), []
    while at < len(data):
        kinds.append(data[at + 4 : at + 8])
        at += 12 + int.from_bytes(data[at : at + 4], "big")
    return kinds


def test_each_picture_is_there_and_described():
    shown = pictures()

    assert {file for _, _, file in shown} == set(IMAGES.iterdir())
    assert [page for page, words, _ in shown if len(words.split()) < 5] == []


def test_pictures_are_few_and_small_and_hold_no_remarks():
    files = sorted(IMAGES.glob("*.png"))

    assert 0 < len(files) <= MOST_PICTURES
    for file in files:
        data = file.read_bytes()
        assert len(data) <= MAX_BYTES
        assert set(chunks(data)) == {b"IHDR", b"PLTE", b"IDAT", b"IEND"}


def test_plots_are_small_and_have_a_title():
    files = sorted(IMAGES.glob("*.svg"))

    assert files
    for file in files:
        assert file.stat().st_size <= MAX_BYTES
        first = next(iter(ET.parse(file).getroot()))
        assert first.tag.endswith("title")
        assert first.text


def test_the_plot_and_tables_of_performance_are_what_was_measured():
    made = subprocess.run(
        [sys.executable, "benchmarks/performance_plot.py", "--check"],
        cwd=ROOT, check=False, capture_output=True, text=True,
    )  # fmt: skip

    assert made.returncode == 0, made.stderr
