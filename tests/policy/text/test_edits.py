"""Tests of edits: the new content is read as well as the fallback around it."""

import pytest

from countersign.policy.text.edits import levels


def test_a_content_without_an_edit_has_one_level():
    assert list(levels({"body": "x"})) == [{"body": "x"}]


@pytest.mark.parametrize("key", ["m.new_content", "org.matrix.msc1767.new_content"])
def test_an_edit_has_two(key):
    assert [level["body"] for level in levels({"body": "* x", key: {"body": "x"}})] == ["* x", "x"]


@pytest.mark.parametrize("junk", [None, 5, "x", []])
def test_a_misshapen_edit_has_one(junk):
    assert len(list(levels({"m.new_content": junk}))) == 1
