"""Tests of the files of word lists: their format, and that every one is read."""

import re
from importlib.resources import files
from pathlib import Path

import pytest

from countersign.policy.text.normalisation import normalize
from countersign.policy.text.offers.cues import Cue
from countersign.policy.text.word_lists import BEGINS, read_words

FOLDER = Path(str(files("countersign.policy.text.word_lists")))
CODE = "\n".join(
    file.read_text() for file in Path(str(files("countersign"))).joinpath("policy").rglob("*.py")
)
NAMES = sorted(str(file.relative_to(FOLDER).with_suffix("")) for file in FOLDER.rglob("*.txt"))
MAX_ENTRY_CHARS = 60


@pytest.mark.parametrize("name", NAMES)
def test_a_list_says_what_its_words_mean_and_has_each_once(name):
    text = (FOLDER / f"{name}.txt").read_text(encoding="utf-8")
    entries = read_words(name)
    without_ending = [entry.removesuffix(BEGINS).strip() for entry in entries]
    normalized = [normalize(entry).strip() for entry in without_ending]

    assert re.match(r"(# .+\n)+\n", text), "the first lines say what the words mean"
    assert max(map(len, text.splitlines())) <= 100
    assert all(normalized), "an entry of signs alone is never found"
    assert [entry for entry in without_ending if BEGINS in entry] == [], "it stands at the end only"
    assert [entry for entry in entries if len(entry) > MAX_ENTRY_CHARS] == [], "a comma is missing"
    assert sorted(set(without_ending)) == sorted(without_ending), "an entry stands twice"


@pytest.mark.parametrize("name", [name for name in NAMES if not name.startswith("cues/")])
def test_a_list_is_read_somewhere(name):
    assert f'read_words("{name}")' in CODE


def test_each_cue_has_a_list_of_its_own():
    assert {f"cues/{cue.name.lower()}" for cue in Cue} == {
        name for name in NAMES if name.startswith("cues/")
    }


def test_only_cues_have_beginnings_of_words():
    """Everything else is compared as a whole, so that a `*` would never be found."""
    assert [
        (name, entry)
        for name in NAMES
        if not name.startswith("cues/")
        for entry in read_words(name)
        if BEGINS in entry
    ] == []
