"""Tests of strangers' text reduced to one printable line."""

import pytest

from countersign.basics.printable_text import spaced, visible

HOSTILE = ("a\x1b[31mb", "a\nb", "a\r\nb", "a\u202eb", "a\u2028b", "a\x9bb", "a\ud800b", "a\tb")


@pytest.mark.parametrize("text", HOSTILE)
def test_unprintable_characters_become_escapes_or_spaces(text):
    for safe in (visible(text), spaced(text)):
        assert safe.isprintable()
        assert safe[0] == "a"
        assert safe[-1] == "b"
    assert spaced(text).count(" ") == sum(not each.isprintable() for each in text)
    assert "\\" in visible(text)


def test_people_may_write_as_they_like():
    for text in ("grüße, 世界 😀", "a b", ""):
        assert visible(text) == spaced(text) == text
