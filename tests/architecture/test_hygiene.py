"""The repository depends on no particular machine, and holds no forbidden patterns."""

import re

import pytest

from tests.architecture.repository import ROOT, name_of, text_files
from tests.conftest import INSTALLATIONS, STARTS_AND_LOADS

MACHINE_PATH = re.compile(r"(?<![\w.:/])/(?:work|home|root|Users|mnt)/(?!operator\b)\w")
PACKAGE_SOURCE = re.compile(r"(?<![\w-])--(?:(?:extra-)?index-url|trusted-host|find-links)\b")
NOTE_TO_SELF = re.compile(r"\b(?:TODO|FIXME|XXX)\b(?!\(#\d+\))")


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param(MACHINE_PATH, id="a path of one machine"),
        pytest.param(PACKAGE_SOURCE, id="where packages come from"),
        pytest.param(NOTE_TO_SELF, id="a note to self without an issue"),
    ],
)
def test_no_file_names(pattern):
    found = [
        (name_of(file), match[0])
        for file in text_files()
        if file.name != "test_hygiene.py"
        for match in pattern.finditer(file.read_text(encoding="utf-8"))
    ]

    assert found == []


def test_no_pattern_repeats_a_group_possessively():
    """Python 3.11.0 to 3.11.4, Debian 12's among them, then keep what a failed repetition read."""
    possessive = re.compile(r"(?<![\\(])\)[*+?]\+")
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in (ROOT / "src").rglob("*.py")
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if possessive.search(re.sub(r"\[[^\]]*\]", "[]", line))
    ]

    assert found == [], "write (?>(?:…)*) in place of (?:…)*+"


def test_files_that_the_quick_tests_leave_out_are_there():
    left_out = (*INSTALLATIONS, *STARTS_AND_LOADS)

    assert [each for each in left_out if not (ROOT / each).is_file()] == []
