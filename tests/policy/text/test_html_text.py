"""Tests of HTML, read as any client might show it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countersign.policy.text.html_text import MAX_PARSED_CHARS, Picture, parse_html


def test_plain_text_is_read_without_a_parser():
    parsed = parse_html("<p>Fish &amp; <b>chi</b>ps</p><p>today</p>")

    assert [text.split("\n") for text in parsed.texts] == [["Fish & chips", "", "today", ""]]
    assert parsed.parsed_chars == 0


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("sp<b>a</b>m", id="inline tag"),
        pytest.param("sp<font color=red>a</font>m", id="tag with attributes"),
        pytest.param("sp<script>x</script>am", id="dropped element"),
        pytest.param("sp<template>x</template>am", id="template"),
        pytest.param("sp<mx-reply>x</mx-reply>am", id="reply fallback"),
        pytest.param("<template>spam</template>", id="kept by clients that know no templates"),
        pytest.param("<script>spam</script>", id="kept by clients that drop only the tags"),
        pytest.param('sp<b title="a>b">am</b>', id="bracket in an attribute"),
        pytest.param("sp<!-- > -->am", id="comment"),
        pytest.param("s&#112;&#x61;m", id="character references"),
        pytest.param("sp<b/x>am", id="broken tag"),
        pytest.param("<b spam", id="tag that never ends"),
        pytest.param("a < b spam > c", id="no tag at all"),
        pytest.param('<img src="mxc://a/b" alt="spam">', id="alternative text"),
        pytest.param('<a href="https://spam.example">x</a>', id="link target"),
        pytest.param('<span data-mx-spoiler="spam">x</span>', id="spoiler's reason"),
        pytest.param("<b>" * 9_000 + "spam", id="beyond what is parsed"),
        pytest.param("<p>" * 9_000 + "s&#112;am", id="reference beyond what is parsed"),
    ],
)
def test_visible_text_is_found(source):
    assert any("spam" in text for text in parse_html(source).texts)


def test_blocks_part_words():
    assert "onetwo" not in parse_html("<p>one</p><p>two</p>").texts[0]


def test_links_come_with_their_labels_and_pictures_with_their_addresses():
    parsed = parse_html('<a href="https://evil.example">bank</a><img src="mxc://a/b">')

    assert parsed.links == [("https://evil.example", "bank")]
    assert parsed.pictures == [Picture("mxc://a/b")]


@pytest.mark.parametrize(
    "tag",
    [
        '<img src="mxc://a/b" height="32" width=9 data-mx-emoticon>',
        "<IMG DATA-MX-EMOTICON width='9' height=32 alt='>' src=mxc://a/b />",
        '<image data-mx-emoticon=""\nheight = "32" width="9" src="mxc://a/b"/>',
    ],
)
def test_a_pictures_size_and_kind_are_read(tag):
    assert parse_html(tag).pictures == [Picture("mxc://a/b", "32", "9", is_emoticon=True)]


def test_neither_of_two_sizes_counts():
    parsed = parse_html('<img src="mxc://a/b" height="32" alt="a" HEIGHT="999">')

    assert [picture.height for picture in parsed.pictures] == [None]


@pytest.mark.parametrize("before", [MAX_PARSED_CHARS, MAX_PARSED_CHARS - 20])
def test_pictures_beyond_what_is_parsed_are_noticed(before):
    parsed = parse_html("x" * before + '<img src="mxc://a/b" height="32">')

    assert parsed.pictures == [Picture("")]


@pytest.mark.parametrize("before", [MAX_PARSED_CHARS, MAX_PARSED_CHARS - 20])
@pytest.mark.parametrize(
    "attribute", ['href="https://a.example/b"', "HREF  =\n' https&#58;//a.example/b'"]
)
def test_links_beyond_what_is_parsed_are_found(before, attribute):
    parsed = parse_html("x" * before + f"<a {attribute}>y</a>")

    assert parsed.links == [("https://a.example/b", "")]


def test_a_picture_just_before_the_end_of_what_is_parsed_is_one():
    tag = '<img src="mxc://a/b">'
    parsed = parse_html("x" * (MAX_PARSED_CHARS - len(tag)) + tag + "<b>y</b>")

    assert parsed.pictures == [Picture("mxc://a/b")]


def test_parsed_html_is_bounded():
    assert parse_html("<a href=x>" * 10_000).parsed_chars == MAX_PARSED_CHARS
    assert parse_html("<a href=x>", parse_at_most=0).parsed_chars == 0


@given(st.text(alphabet="<>/!-&#;x\"'= pab\x00", max_size=200))
def test_any_html_can_be_read(source):
    assert all(isinstance(text, str) for text in parse_html(source).texts)
