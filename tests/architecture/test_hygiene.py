"""Nothing here works on one machine only."""

import re

import pytest

from tests.architecture.repository import name_of, text_files

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
