"""The packages: their size, their place in the documentation, and names that changed."""

import re

from tests.architecture.repository import ROOT, SOURCES

MOST_MODULES = 16
ARCHITECTURE = ROOT / "docs" / "architecture.md"
CONTRIBUTING = ROOT / "CONTRIBUTING.md"


def packages():
    return sorted(
        folder
        for folder in [SOURCES, *SOURCES.rglob("*")]
        if folder.is_dir() and (folder / "__init__.py").exists()
    )


def test_no_folder_holds_more_modules_than_one_can_overlook():
    modules = {
        folder.relative_to(SOURCES).as_posix(): sum(
            file.name != "__init__.py" for file in folder.glob("*.py")
        )
        for folder in packages()
    }

    assert {name: number for name, number in modules.items() if number > MOST_MODULES} == {}


def test_every_package_is_in_the_architecture():
    text = ARCHITECTURE.read_text()
    named = set(re.findall(r"`((?:\w+/)+)`", text))
    below_filters = {f"policy/filters/{topic}" for topic in re.findall(r"`(\w+/)`", text)}
    missing = [
        name
        for folder in packages()
        if (name := f"{folder.relative_to(SOURCES).as_posix()}/") != "./"
        and name not in named | below_filters
    ]

    assert missing == []


def test_every_path_in_the_architecture_and_the_contributors_page_exists():
    missing = []
    for page in (ARCHITECTURE, CONTRIBUTING):
        for path in re.findall(r"`((?:src/countersign/|tests/|\w+/)[\w/.]*)`", page.read_text()):
            stands = (ROOT / path, SOURCES / path, SOURCES / "policy" / "filters" / path)
            if not any(place.exists() for place in stands) and "my_filter" not in path:
                missing.append((page.name, path))

    assert missing == []


def test_every_package_says_what_it_holds():
    silent = [
        folder.relative_to(SOURCES).as_posix()
        for folder in packages()
        if not (folder / "__init__.py").read_text().startswith('"""')
    ]

    assert silent == []
