"""The contents of the documentation site hold every page once, and its links stay within it.

`make docs` builds it and takes every warning for an error; CI does so after the tests.
"""

import importlib.util
import re
from types import SimpleNamespace

import pytest
import yaml

from tests.docs.fences import ROOT

DOCS = ROOT / "docs"


@pytest.fixture(scope="module")
def hooks():
    spec = importlib.util.spec_from_file_location("docs_site", ROOT / "scripts" / "docs_site.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def files_in(entry):
    if isinstance(entry, dict):
        entry = list(entry.values())
    if isinstance(entry, list):
        return [file for each in entry for file in files_in(each)]
    return [entry]


def test_the_contents_hold_every_page_once(hooks):
    settings = yaml.safe_load((ROOT / "mkdocs.yml").read_text())
    config = hooks.on_config(SimpleNamespace(nav=settings["nav"]))

    named = files_in(config.nav)
    pages = {file.relative_to(DOCS).as_posix() for file in DOCS.rglob("*.md")}
    assert sorted(named) == sorted(pages - {"adr/0000-template.md"})
    assert settings["strict"] is True
    assert settings["theme"]["font"] is False


def test_blocks_of_code_in_lists_are_blocks_on_the_site():
    settings = yaml.safe_load((ROOT / "mkdocs.yml").read_text())
    extensions = settings["markdown_extensions"]

    # The plain extension, fenced_code, makes one line of a block that stands in a list.
    assert any(re.search(r"^ +```", page.read_text(), re.MULTILINE) for page in DOCS.rglob("*.md"))
    assert "pymdownx.superfences" in extensions
    assert "fenced_code" not in extensions


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("[rooms](rooms.md#alerts)", "[rooms](rooms.md#alerts)"),
        ("[a page](https://example.org/x)", "[a page](https://example.org/x)"),
        ("[here](#below)", "[here](#below)"),
        ("[adr/](adr/)", "[adr/](adr/0001-filters-ask-then-judge.md)"),
        ("[changes](../CHANGELOG.md)", "changes (`CHANGELOG.md`)"),
        ("[`Makefile`](../Makefile)", "`Makefile`"),
    ],
)
def test_links_that_the_site_cannot_follow_become_names(hooks, written, read):
    page = SimpleNamespace(file=SimpleNamespace(src_uri="architecture.md"))

    assert hooks.on_page_markdown(f"See {written}.", page) == f"See {read}."
